package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.cli.screen.StopAtOnce;
import org.minigpt4j.cli.screen.TrainConsole;
import org.minigpt4j.cli.screen.TrainConsole.Outcome;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.record.SampleSheet;
import org.minigpt4j.train.run.Resume;
import org.minigpt4j.train.run.StartingPoint;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/quickstart}: both stages on a laptop, from nothing. */
@Command(
        name = "quickstart",
        description = {
            "Draws scenes, makes small random models, and trains both stages on the CPU, in"
                    + " minutes.",
            "",
            "Everything goes to output/quickstart; what is there already is not made again. Stopped"
                    + " by Ctrl-C, the same command goes on."
        })
final class QuickstartCommand implements Callable<Integer> {

    private static final Path ROOT = Path.of("output", "quickstart");
    private static final Path CONFIGS = Path.of("train_configs");
    private static final int IMAGE_SIZE = 128;
    private static final int STAGE1_SCENES = 4000;
    private static final int STAGE2_SCENES = 400;
    private static final int SHOWN = 3;
    private static final int WIDTH = 100;

    @Option(
            names = "--prepare",
            description = "Make scenes and models only; launch/train can then run each stage.")
    private boolean prepareOnly;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        if (!Files.isDirectory(CONFIGS)) {
            throw new UsageException(
                    "there is no folder train_configs here; run this from the repository's root");
        }
        StopAtOnce stop = StopAtOnce.listen(() -> stopped(out));
        try (stop) {
            prepare(out);
            return prepareOnly ? 0 : train(out);
        }
    }

    private static void stopped(PrintWriter out) {
        out.println();
        out.println("Stopped; the same command goes on.");
        out.flush();
    }

    private int train(PrintWriter out) throws InterruptedException {
        Path file1 = CONFIGS.resolve("quickstart_stage1.yaml");
        Path file2 = CONFIGS.resolve("quickstart_stage2.yaml");
        // A stage that was stopped goes on; once both came to their ends, both are made anew.
        boolean done = isFinished(file1);
        boolean onlySecond = done && !isFinished(file2);
        String captions = "came to its end before: " + ROOT.resolve("stage1");
        if (onlySecond) {
            out.println();
            out.println("Stage 1 " + captions);
        } else {
            Outcome first = stage("Stage 1: captions", file1, !done, out);
            if (first.exitCode() != 0) {
                return first.exitCode();
            }
            captions = first.losses().sentence();
        }
        Outcome second = stage("Stage 2: conversations", file2, onlySecond, out);
        if (second.exitCode() != 0) {
            return second.exitCode();
        }
        out.println();
        out.println("Stage 1: " + captions);
        out.println("Stage 2: " + second.losses().sentence());
        says(ROOT.resolve("stage2"), out);
        explain(out);
        return 0;
    }

    private static boolean isFinished(Path file) {
        TrainConfig config = TrainConfig.load(file, List.of());
        return ownStep(config) >= Schedule.of(config.run()).total();
    }

    /** The last step of a run that the file can go on with, 0 for none. */
    private static int ownStep(TrainConfig config) {
        try {
            return StartingPoint.ownStep(config).orElse(0);
        } catch (UsageException e) {
            return 0; // no checkpoint can be read
        }
    }

    private static void prepare(PrintWriter out) {
        Path data = ROOT.resolve("data");
        if (!Files.exists(data.resolve("align").resolve("filter_cap.json"))) {
            out.printf("Drawing %,d scenes ...%n", STAGE1_SCENES + STAGE2_SCENES);
            out.flush();
            SceneWorld world = new SceneWorld(0, IMAGE_SIZE);
            try {
                SceneShards.write(world, data.resolve("shards"), 0, STAGE1_SCENES);
                SceneAlignFolder.write(world, data.resolve("align"), STAGE1_SCENES, STAGE2_SCENES);
            } catch (IOException e) {
                throw AtomicFile.cannotWrite(data, e);
            }
        }
        Path weights = ROOT.resolve("weights");
        if (!RandomModel.isWhole(weights)) {
            out.println("Making small random models ...");
            out.flush();
            new RandomModel(Preset.NANO, 0).write(weights);
        }
    }

    private Outcome stage(String title, Path file, boolean goOn, PrintWriter out)
            throws InterruptedException {
        out.println();
        out.println(title + " (" + file + ")");
        out.flush();
        TrainConfig config = TrainConfig.load(file, List.of());
        Resume resume = goOn && ownStep(config) > 0 ? Resume.AUTO : Resume.NEVER;
        return new TrainConsole(spec.commandLine()).train(config, resume);
    }

    private static void says(Path folder, PrintWriter out) {
        SampleSheet sheet = SampleSheet.read(folder).orElse(null);
        if (sheet == null || sheet.texts().isEmpty()) {
            return;
        }
        out.println();
        out.println(
                "What it says now about pictures it was trained on. Encoders and language model");
        out.println(
                "are random and stay so: the projection alone makes words of captions likelier,");
        out.println("and sentences are not to be expected.");
        for (int i = 0; i < Math.min(SHOWN, sheet.samples().size()); i++) {
            out.println();
            out.println("  picture    " + sheet.samples().get(i).key());
            out.println("  caption    " + shortened(sheet.samples().get(i).reference()));
            out.println("  generated  " + shortened(sheet.newest().get(i)));
        }
    }

    private static String shortened(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= WIDTH ? line : line.substring(0, WIDTH - 3) + "...";
    }

    private static void explain(PrintWriter out) {
        out.println();
        out.println("In " + ROOT + ":");
        out.println("  data/shards          pictures and captions as WebDataset tars (stage 1)");
        out.println("  data/align           pictures and descriptions as a cc_sbu_align folder");
        out.println("  weights              image encoder, Q-Former and language model, frozen");
        out.println("  stage1, stage2       one folder a run:");
        out.println("    log.txt            the configuration, then a line of JSON per epoch");
        out.println("    metrics.jsonl      a line of JSON per step");
        out.println("    samples.html       what the model said about eight pictures, by epoch");
        out.println("    checkpoints/N      the projection and the optimizer after N steps");
        out.println("  mlflow.db            both runs for MLflow; see them with");
        Path store = ROOT.resolve("mlflow.db");
        out.println("    launch/track compare --store " + store + " stage1 stage2");
        out.println("    mlflow ui --backend-store-uri sqlite:///" + store);
        out.flush();
    }
}
