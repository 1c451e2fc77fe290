package org.minigpt4j.nano.quick;

import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.nano.exam.Exam;
import org.minigpt4j.nano.exam.ExamMarks;
import org.minigpt4j.nano.exam.ExamPaper;
import org.minigpt4j.nano.exam.Examinee;

import java.nio.file.Path;
import java.util.List;

/** The exam of the quickstart's model: untrained, after stage 1, after stage 2. */
public final class QuickstartExam implements AutoCloseable {

    private final TrainConfig config;
    private final Examinee examinee;
    private final Exam exam;
    private final List<ShownPicture> shown;

    /** Loads the frozen parts that stage 1 names. */
    public QuickstartExam(TrainConfig config, ExamPaper paper) {
        this.config = config;
        examinee = new Examinee(config.model(), config::where);
        try {
            exam = new Exam(paper, examinee);
            shown = ShownPicture.of(paper);
        } catch (RuntimeException | Error e) {
            examinee.close();
            throw e;
        }
    }

    /** The model as stage 1 begins with it. */
    public ExamMarks untrained() {
        examinee.begin(config.run().seed());
        return marks();
    }

    /** The model with what a run trained last. */
    public ExamMarks after(Path run) {
        examinee.load(run);
        return marks();
    }

    private ExamMarks marks() {
        shown.forEach(picture -> picture.ask(exam));
        return exam.marks();
    }

    /** What the language model answers rightly with words in place of the picture. */
    public double ceiling() {
        return exam.ceiling();
    }

    /** The pictures to show, with what was said about each at every {@link #marks} so far. */
    public List<ShownPicture> shown() {
        return shown;
    }

    @Override
    public void close() {
        examinee.close();
    }
}
