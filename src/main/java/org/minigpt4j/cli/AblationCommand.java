package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.cli.screen.TrainConsole;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.nano.exam.ExamMarks;
import org.minigpt4j.nano.quick.Ablation;
import org.minigpt4j.nano.quick.AblationResults;
import org.minigpt4j.nano.quick.QuickstartExam;
import org.minigpt4j.nano.quick.QuickstartFiles;
import org.minigpt4j.train.run.Resume;
import org.minigpt4j.train.run.StartingPoint;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code launch/ablation}: measures the effect of one change to the quickstart over several seeds.
 */
@Command(
        name = "ablation",
        description = {
            "Changes one thing in the quickstart, trains once per seed, and scores"
                    + " the result on the quickstart's exam.",
            "",
            "Prints a row of docs/ablations.md for each name and writes"
                    + " output/ablations/NAME.json. Rows that differ only in stage 2 share stage 1."
                    + " To continue after a stop, run the same command."
        },
        footer = {
            "",
            "Examples:",
            "  launch/ablation no-stage1 --seeds 3",
            "  launch/ablation both no-stage2 conversations-30"
        })
final class AblationCommand implements Callable<Integer> {

    private static final Path FOLDER = Path.of("output", "ablations");
    private static final Path CONFIGS = Path.of("train_configs");
    private static final int FIRST_SEED = 42;

    @Parameters(
            arity = "1..*",
            paramLabel = "NAME",
            description = "What to change: names in the first column of docs/ablations.md.")
    private List<String> names;

    @Option(names = "--seeds", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int seeds = 3;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        List<Ablation> chosen = names.stream().map(AblationCommand::named).toList();
        if (seeds < 1) {
            throw new UsageException("--seeds must be 1 or more");
        }
        PrintWriter out = spec.commandLine().getOut();
        QuickstartFiles files = new QuickstartFiles(QuickstartCommand.ROOT);
        if (!files.hasScenes()) {
            files.drawScenes();
        }
        files.writeParts();
        List<String> rows = new ArrayList<>();
        for (Ablation ablation : chosen) {
            List<TrainConfig> runs = new ArrayList<>();
            for (int seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
                TrainConfig last = null;
                int code = 0;
                if (ablation.stage1().isPresent()) {
                    last = stage1(ablation, seed);
                    code = train(last, out);
                }
                if (code == 0 && ablation.stage2().isPresent()) {
                    last = stage2(ablation, seed); // the file names stage 1's folder
                    code = train(last, out);
                }
                if (code != 0) {
                    return code;
                }
                runs.add(last);
            }
            AblationResults results = new AblationResults(ablation, examine(runs));
            AtomicFile.writeString(FOLDER.resolve(ablation.name() + ".json"), results.json());
            rows.add(results.row());
        }
        rows.forEach(out::println);
        out.flush();
        return 0;
    }

    private static Ablation named(String name) {
        return Ablation.of(name)
                .orElseThrow(
                        () ->
                                new UsageException(
                                        "there is no ablation %s; choose one of %s"
                                                .formatted(
                                                        name,
                                                        String.join(", ", Ablation.names()))));
    }

    private int train(TrainConfig stage, PrintWriter out) throws InterruptedException {
        if (StartingPoint.isFinished(stage)) {
            return 0;
        }
        out.println();
        out.println(stage.run().outputDir() + ":");
        return new TrainConsole(spec.commandLine()).train(stage, Resume.AUTO).exitCode();
    }

    /** Examines all runs, encoding the pictures only once. */
    private static List<ExamMarks> examine(List<TrainConfig> runs) {
        try (QuickstartExam exam = new QuickstartExam(runs.get(0), QuickstartFiles.paper())) {
            return runs.stream().map(run -> exam.after(run.run().outputDir())).toList();
        }
    }

    /** The configuration of the first row with the same stage 1, which holds its output folder. */
    private static TrainConfig stage1(Ablation ablation, int seed) {
        return load(1, ablation.sameStage1(), seed, ablation.stage1().orElseThrow());
    }

    private static TrainConfig stage2(Ablation ablation, int seed) {
        List<String> options = new ArrayList<>();
        options.add("model.ckpt=" + folder(1, ablation.sameStage1(), seed));
        if (ablation.conversations() != QuickstartFiles.CONVERSATIONS) {
            Path scenes = FOLDER.resolve(ablation.name()).resolve("align");
            QuickstartFiles.drawConversations(scenes, ablation.conversations());
            options.add("datasets.scenes_align.build_info.storage=" + scenes);
        }
        options.addAll(ablation.stage2().orElseThrow());
        return load(2, ablation, seed, options);
    }

    private static TrainConfig load(int stage, Ablation home, int seed, List<String> different) {
        List<String> options = new ArrayList<>();
        options.add("run.seed=" + seed);
        options.add("run.output_dir=" + folder(stage, home, seed));
        options.add("run.tracking.uri=sqlite:///" + FOLDER.resolve("mlflow.db"));
        options.addAll(different);
        return TrainConfig.load(CONFIGS.resolve("quickstart_stage" + stage + ".yaml"), options);
    }

    private static Path folder(int stage, Ablation home, int seed) {
        return FOLDER.resolve(home.name()).resolve("seed" + seed).resolve("stage" + stage);
    }
}
