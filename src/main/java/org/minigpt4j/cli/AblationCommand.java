package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.cli.screen.TrainConsole;
import org.minigpt4j.cli.screen.TrainConsole.Outcome;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.nano.exam.ExamMarks;
import org.minigpt4j.nano.quick.Ablation;
import org.minigpt4j.nano.quick.AblationResults;
import org.minigpt4j.nano.quick.QuickstartExam;
import org.minigpt4j.nano.quick.QuickstartFiles;
import org.minigpt4j.train.run.Resume;

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

/** {@code launch/ablation}: the quickstart with one thing changed, measured over several seeds. */
@Command(
        name = "ablation",
        description = {
            "Changes one thing in the quickstart, trains once per seed, and scores"
                    + " the result on the quickstart's exam.",
            "",
            "Prints a row of docs/ablations.md and writes output/ablations/NAME.json."
                    + " To continue after a stop, run the same command."
        },
        footer = {"", "Example:", "  launch/ablation no-stage1 --seeds 3"})
final class AblationCommand implements Callable<Integer> {

    private static final Path FOLDER = Path.of("output", "ablations");
    private static final Path CONFIGS = Path.of("train_configs");
    private static final int FIRST_SEED = 42;

    @Parameters(
            paramLabel = "NAME",
            description = "What to change: a name in the first column of docs/ablations.md.")
    private String name;

    @Option(names = "--seeds", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int seeds = 3;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Ablation ablation =
                Ablation.of(name)
                        .orElseThrow(
                                () ->
                                        new UsageException(
                                                "there is no ablation %s; choose one of %s"
                                                        .formatted(
                                                                name,
                                                                String.join(
                                                                        ", ", Ablation.names()))));
        if (seeds < 1) {
            throw new UsageException("--seeds must be 1 or more");
        }
        PrintWriter out = spec.commandLine().getOut();
        QuickstartFiles files = new QuickstartFiles(QuickstartCommand.ROOT);
        if (!files.hasScenes()) {
            files.drawScenes();
        }
        files.writeParts();
        List<ExamMarks> marks = new ArrayList<>();
        for (int i = 0; i < seeds; i++) {
            Path folder = FOLDER.resolve(ablation.name()).resolve("seed" + (FIRST_SEED + i));
            TrainConfig last = null;
            for (int stage = 1; stage <= 2; stage++) {
                if ((stage == 1 ? ablation.stage1() : ablation.stage2()).isPresent()) {
                    last = load(ablation, stage, folder, FIRST_SEED + i);
                    Outcome outcome = new TrainConsole(spec.commandLine()).train(last, Resume.AUTO);
                    if (outcome.exitCode() != 0) {
                        return outcome.exitCode();
                    }
                }
            }
            try (QuickstartExam exam = new QuickstartExam(last, QuickstartFiles.paper())) {
                marks.add(exam.after(last.run().outputDir()));
            }
        }
        AblationResults results = new AblationResults(ablation, marks);
        AtomicFile.writeString(FOLDER.resolve(ablation.name() + ".json"), results.json());
        out.println(results.row());
        out.flush();
        return 0;
    }

    private static TrainConfig load(Ablation ablation, int stage, Path folder, int seed) {
        List<String> options = new ArrayList<>();
        options.add("run.seed=" + seed);
        options.add("run.output_dir=" + folder.resolve("stage" + stage));
        options.add("run.tracking.uri=sqlite:///" + FOLDER.resolve("mlflow.db"));
        if (stage == 1) {
            options.addAll(ablation.stage1().orElseThrow());
            return TrainConfig.load(CONFIGS.resolve("quickstart_stage1.yaml"), options);
        }
        options.add("model.ckpt=" + folder.resolve("stage1"));
        if (ablation.conversations() != QuickstartFiles.CONVERSATIONS) {
            Path scenes = FOLDER.resolve(ablation.name()).resolve("align");
            QuickstartFiles.drawConversations(scenes, ablation.conversations());
            options.add("datasets.scenes_align.build_info.storage=" + scenes);
        }
        options.addAll(ablation.stage2().orElseThrow());
        return TrainConfig.load(CONFIGS.resolve("quickstart_stage2.yaml"), options);
    }
}
