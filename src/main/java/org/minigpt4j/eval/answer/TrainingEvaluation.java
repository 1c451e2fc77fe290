package org.minigpt4j.eval.answer;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoresJson;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.train.EpochEvaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * {@code run.eval} in a training: at the end of each epoch the model, as it stands, is asked the
 * same questions. Answers and scores are in {@code eval/step-N} of the output folder.
 */
public final class TrainingEvaluation implements EpochEvaluation, AutoCloseable {

    private final TrainConfig config;
    private final EvalTaskConfig task;
    private final String name;
    private final QuestionSets questions;
    private final Tokenizer tokenizer;
    private final Consumer<String> warn;

    private TrainingEvaluation(
            TrainConfig config,
            EvalTaskConfig task,
            QuestionSets questions,
            Tokenizer tokenizer,
            Consumer<String> warn) {
        this.config = config;
        this.task = task;
        this.questions = questions;
        this.tokenizer = tokenizer;
        this.warn = warn;
        name = task.task().name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads the questions that a configuration names, if it does.
     *
     * @param warn told of what went wrong with a measurement, which ends no run
     * @throws UsageException if a file is not as it must be, or a picture is missing
     */
    public static Optional<TrainingEvaluation> open(TrainConfig config, Consumer<String> warn) {
        Optional<EvalTaskConfig> task = config.run().eval();
        if (task.isEmpty()) {
            return Optional.empty();
        }
        Path cache = config.run().outputDir().resolve("eval").resolve("cache");
        QuestionSets questions = QuestionSets.open(task.get(), cache, List.of());
        try {
            Tokenizer tokenizer = Tokenizer.open(config.model().llamaModel());
            return Optional.of(
                    new TrainingEvaluation(config, task.get(), questions, tokenizer, warn));
        } catch (RuntimeException | Error e) {
            questions.close();
            throw e;
        }
    }

    @Override
    public Result of(int step, MiniGpt4 model) {
        Path folder =
                config.run().outputDir().resolve("eval").resolve("step-" + Integer.toString(step));
        PictureReader pictures =
                new PictureReader(
                        config.datasets()
                                .values()
                                .iterator()
                                .next()
                                .visProcessor()
                                .train()
                                .imageSize());
        try (ChatModel chat =
                ChatModel.over(
                        model,
                        tokenizer,
                        pictures,
                        ChatTemplate.of(config.model().modelType()),
                        precision(model))) {
            AnswerRun.forget(folder); // of a run before this one
            AnswerRun run =
                    new AnswerRun(
                            questions.set(),
                            List.of(chat),
                            task.batchSize(),
                            task.maxNewTokens(),
                            folder,
                            chat.trainedHash());
            ScoreSheet scores = questions.set().scoring().scores(run.run((done, all) -> {}));
            AtomicFile.writeString(folder.resolve("scores.json"), ScoresJson.of(scores));
            return result(scores);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the loop stops where it waits next
        } catch (RuntimeException | LinkageError | IOException e) {
            warn.accept(
                    "run.eval: nothing measured after step %s: %s"
                            .formatted(Integer.toString(step), e.getMessage()));
        }
        return Result.NOTHING;
    }

    private ComputePrecision precision(MiniGpt4 model) {
        return ComputePrecision.of(
                config.run().precision(), model.manager().getDevice(), config.run().amp());
    }

    private Result result(ScoreSheet scores) {
        Map<String, Double> figures = ResultTracking.figures(name, scores);
        OptionalDouble selection = OptionalDouble.empty();
        if (task.chooseBest()) {
            selection =
                    scores.figures().stream()
                            .filter(figure -> figure.part().isEmpty())
                            .filter(figure -> figure.name().equals(questions.set().whole()))
                            .map(Figure::value)
                            .filter(OptionalDouble::isPresent)
                            .mapToDouble(OptionalDouble::getAsDouble)
                            .map(value -> questions.set().lowerIsBetter() ? value : -value)
                            .findFirst();
        }
        return new Result(figures, selection);
    }

    @Override
    public void close() {
        tokenizer.close();
        questions.close();
    }
}
