package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.cli.screen.StopAtOnce;
import org.minigpt4j.cli.screen.TextTable;
import org.minigpt4j.cli.screen.TrainConsole;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.nano.exam.ExamMarks;
import org.minigpt4j.nano.exam.ExamPaper;
import org.minigpt4j.nano.quick.QuickstartExam;
import org.minigpt4j.nano.quick.QuickstartFiles;
import org.minigpt4j.nano.quick.QuickstartPage;
import org.minigpt4j.nano.quick.QuickstartResults;
import org.minigpt4j.nano.quick.ShownPicture;
import org.minigpt4j.track.CurveBand;
import org.minigpt4j.track.CurveBand.Curve;
import org.minigpt4j.track.CurveSentence;
import org.minigpt4j.train.record.RunReport;
import org.minigpt4j.train.run.Resume;
import org.minigpt4j.train.run.StartingPoint;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code launch/quickstart}: trains both stages on a laptop from scratch. */
@Command(
        name = "quickstart",
        description = {
            "Draws scenes, trains both stages on the CPU with small frozen models"
                    + " that come with the program, and tests what was learned, in about a"
                    + " minute.",
            "",
            "Everything is written to output/quickstart; finished parts are not made"
                    + " again. To continue after Ctrl-C, run the same command."
        })
final class QuickstartCommand implements Callable<Integer> {

    static final Path ROOT = Path.of("output", "quickstart");
    private static final Path CONFIGS = Path.of("train_configs");
    private static final QuickstartFiles FILES = new QuickstartFiles(ROOT);

    @Option(
            names = "--prepare",
            description =
                    "Only make scenes and models; you can then run each stage"
                            + " with launch/train.")
    private boolean prepareOnly;

    @Option(
            names = "--anew",
            description = "Train both stages again from the start, instead of continuing.")
    private boolean anew;

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
        out.println("Stopped. Run the same command to continue.");
        out.flush();
    }

    private int train(PrintWriter out) throws InterruptedException {
        Resume resume = anew ? Resume.NEVER : Resume.AUTO;
        TrainConfig captions = load("quickstart_stage1.yaml");
        ExamPaper paper = QuickstartFiles.paper();
        try (QuickstartExam exam = new QuickstartExam(captions, paper)) {
            ExamMarks before = exam.untrained();
            says(out, "Before training", before);
            int first = stage("Stage 1: captions", captions, resume, out);
            if (first != 0) {
                return first;
            }
            ExamMarks stage1 = exam.after(captions.run().outputDir());
            says(out, "After stage 1", stage1);
            TrainConfig conversations =
                    load("quickstart_stage2.yaml"); // the file names stage 1's folder
            int second = stage("Stage 2: conversations", conversations, resume, out);
            if (second != 0) {
                return second;
            }
            ExamMarks stage2 = exam.after(conversations.run().outputDir());
            QuickstartResults results =
                    new QuickstartResults(before, stage1, stage2, exam.ceiling());
            AtomicFile.writeString(FILES.results(), results.json());
            QuickstartPage.write(
                    FILES.page(), results, paper, exam.shown(), List.of(captions, conversations));
            show(results, exam.shown(), out);
            out.println();
            verify("stage1", captions, out);
            verify("stage2", conversations, out);
        }
        explain(out);
        return 0;
    }

    private static void prepare(PrintWriter out) {
        if (!FILES.hasScenes()) {
            out.printf("Drawing %,d scenes ...%n", QuickstartFiles.scenes());
            out.flush();
            FILES.drawScenes();
        }
        FILES.writeParts();
    }

    private static TrainConfig load(String name) {
        return TrainConfig.load(CONFIGS.resolve(name), List.of());
    }

    private int stage(String title, TrainConfig config, Resume resume, PrintWriter out)
            throws InterruptedException {
        out.println();
        out.println(title);
        boolean done = resume == Resume.AUTO && StartingPoint.isFinished(config);
        if (done) {
            out.println("Already trained: " + config.run().outputDir());
        }
        out.flush();
        return done ? 0 : new TrainConsole(spec.commandLine()).train(config, resume).exitCode();
    }

    private static void says(PrintWriter out, String when, ExamMarks marks) {
        out.printf(
                Locale.ROOT,
                "%s it answers %.1f %% of the questions about held-out scenes correctly.%n",
                when,
                100 * marks.answers());
        out.flush();
    }

    private static void show(QuickstartResults results, List<ShownPicture> shown, PrintWriter out) {
        out.println();
        TextTable table = new TextTable(QuickstartResults.head());
        results.rows().forEach(table::row);
        table.print(out);
        out.println(results.ceilingSentence());
        out.println();
        out.println("Three of these scenes (their pictures are in the report):");
        for (ShownPicture picture : shown) {
            out.println();
            out.println("  question       " + picture.question());
            out.println("  before         " + picture.said().get(0));
            out.println("  after stage 1  " + picture.said().get(1));
            out.println("  after stage 2  " + picture.said().get(2));
            out.println("  true           " + picture.truth());
        }
    }

    /** Prints whether the loss fell as it does with other seeds. */
    private static void verify(String stage, TrainConfig config, PrintWriter out) {
        CurveBand.builtIn(stage)
                .ifPresent(
                        band -> {
                            var points = RunReport.curve(config.run().outputDir(), band.metric());
                            var run = new Curve(stage, Map.of(), points);
                            out.println(CurveSentence.of(band, run, band.compare(run)));
                        });
    }

    private static void explain(PrintWriter out) {
        out.println();
        out.println("In " + ROOT + ":");
        out.println("  report.html          curves, this table and pictures; open it in a browser");
        out.println("  results.json         the table's figures");
        out.println("  data/shards          pictures and captions as WebDataset tars (stage 1)");
        out.println("  data/align           pictures and descriptions as a cc_sbu_align folder");
        out.println("  weights              image encoder, Q-Former and language model, frozen");
        out.println("  stage1, stage2       one folder per run:");
        out.println("    log.txt            the configuration, then a line of JSON per epoch");
        out.println("    metrics.jsonl      a line of JSON per step");
        out.println("    samples.html       the model's captions of eight pictures, by epoch");
        out.println("    checkpoints/N      the projection and the optimizer after N steps");
        out.println("  mlflow.db            both runs for MLflow; see them with");
        Path store = ROOT.resolve("mlflow.db");
        out.println("    launch/track compare --store " + store + " stage1 stage2");
        out.println("    mlflow ui --backend-store-uri sqlite:///" + store);
        out.println("Ask the model about one of these scenes:");
        out.println("    launch/chat --image " + ROOT + "/data/align/image/1.jpg");
        out.flush();
    }
}
