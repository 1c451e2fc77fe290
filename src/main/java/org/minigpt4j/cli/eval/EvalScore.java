package org.minigpt4j.cli.eval;

import org.minigpt4j.UsageException;
import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreTask;
import org.minigpt4j.eval.ScoredFiles;
import org.minigpt4j.eval.ScoresJson;
import org.minigpt4j.io.AtomicFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/eval score}: scores existing answers. */
@Command(
        name = "score",
        description = {
            "Scores predictions from any program; the scores equal those of the"
                    + " official evaluation code.",
            "",
            "captions: COCO's annotations, and [{\"image_id\": 42, \"caption\": \"...\"}]. vqa:"
                    + " VQAv2's annotations, and [{\"question_id\": 42, \"answer\": \"...\"}]. pope:"
                    + " POPE's JSON lines with labels, and lines {\"question\": \"...\", \"answer\":"
                    + " \"...\"} in the same order, or with a question_id.",
            "",
            "Every reference needs exactly one prediction, and every prediction a"
                    + " reference; otherwise you get an error that counts what does not match."
                    + " docs/evaluation.md explains the scores."
        },
        footer = {
            "",
            "Examples:",
            "  launch/eval score --task vqa --references r.json --predictions p.json",
            "  launch/eval score --task pope --references r.jsonl --predictions p.jsonl"
        })
final class EvalScore implements Callable<Integer> {

    @Option(
            names = "--task",
            required = true,
            paramLabel = "TASK",
            description = "What to score: ${COMPLETION-CANDIDATES}.")
    private ScoreTask task;

    @Option(
            names = "--references",
            required = true,
            paramLabel = "FILE",
            description = "The reference answers.")
    private Path references;

    @Option(
            names = "--predictions",
            required = true,
            paramLabel = "FILE",
            description = "The model's answers.")
    private Path predictions;

    @Option(
            names = "--subset",
            description =
                    "Score only the references that have a prediction, such as the"
                            + " 5,000 images of Karpathy's split out of COCO's 40,504. The"
                            + " output says so.")
    private boolean subset;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Also write all scores, in total and for each answer, as JSON.")
    private Path out;

    @Mixin private JarOptions jars;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        List<ForeignScorer> foreign = jars.scorers();
        if (!foreign.isEmpty() && task != ScoreTask.CAPTIONS) {
            throw new UsageException(
                    "--meteor-jar and --spice-jar score captions; leave them out with --task "
                            + task);
        }
        ScoreSheet scores = new ScoredFiles(references, predictions, subset).scores(task, foreign);
        PrintWriter console = spec.commandLine().getOut();
        ScoresTable.print(scores, console);
        if (out != null) {
            AtomicFile.writeString(out, ScoresJson.of(scores));
            console.println("All scores: " + out);
            console.flush();
        }
        return 0;
    }
}
