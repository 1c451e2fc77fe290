package org.minigpt4j.cli.eval;

import org.minigpt4j.cli.option.EvalOptions;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.answer.Evaluation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code launch/eval}: scores a model's answers. */
@Command(
        name = "eval",
        description = {
            "Lets a trained model answer the questions configured in run.eval, and"
                    + " scores its answers.",
            "",
            "To continue after a stop, run the same command; the files end up the"
                    + " same. Scores are also recorded with the run that made the checkpoint,"
                    + " so that launch/track compare shows them.",
            "",
            "To score answers that you already have, see launch/eval score --help."
        },
        footer = {
            "",
            "Examples:",
            "  launch/eval --cfg-path eval_configs/quickstart_captions.yaml"
        },
        subcommands = EvalScore.class)
public final class EvalCommand implements Callable<Integer> {

    @Mixin private EvalOptions config;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description =
                    "Folder for answers.jsonl, scores.json and report.html. Default:"
                            + " output/eval/TASK.")
    private Path out;

    @Mixin private JarOptions jars;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter console = spec.commandLine().getOut();
        EvalConfig opened = config.load();
        List<ForeignScorer> foreign = jars.scorers();
        Path folder =
                out != null
                        ? out
                        : Path.of("output", "eval")
                                .resolve(
                                        opened.run()
                                                .eval()
                                                .map(
                                                        task ->
                                                                task.task()
                                                                        .toString()
                                                                        .toLowerCase(Locale.ROOT))
                                                .orElse("none"));
        int[] told = {-1};
        ScoreSheet scores =
                new Evaluation(opened, folder, foreign)
                        .run(
                                (done, all) -> {
                                    int tenth = 10 * done / all;
                                    if (tenth != told[0]) {
                                        told[0] = tenth;
                                        console.println("answered " + done + " of " + all);
                                        console.flush();
                                    }
                                },
                                sentence -> {
                                    console.println(sentence);
                                    console.flush();
                                });
        ScoresTable.print(scores, console);
        console.println("Answers, scores and a page with pictures: " + folder);
        console.flush();
        return 0;
    }
}
