package org.minigpt4j.cli;

import org.minigpt4j.bench.Comparison;
import org.minigpt4j.bench.PrepareBench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code launch/bench prepare}: how many downloaded pictures a core brings to size in a second. */
@Command(
        name = "prepare",
        description = {
            "Times decoding, resizing and encoding of JPEG files, as prepare does it.",
            "",
            "With --peer runs this and a peer in turn, each in a process of its own, and compares"
                    + " pictures per second of processor time; docs/peers/pil_prepare.py is such a"
                    + " peer and draws pictures to run on."
        })
final class BenchPrepare implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "FOLDER", description = "Folders of .jpg files.")
    private List<Path> folders;

    @Option(
            names = "--image-size",
            paramLabel = "PIXELS",
            defaultValue = "256",
            description = "Edge of the pictures made. Default: ${DEFAULT-VALUE}.")
    private int imageSize;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads at work. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "6",
            description = "How long to measure a folder. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--peer",
            paramLabel = "COMMAND",
            description = "Such as 'python3 docs/peers/pil_prepare.py'; split at spaces.")
    private String peer;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Runs of each, with --peer. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        for (Path folder : folders) {
            if (peer == null) {
                out.println(new PrepareBench(folder, imageSize, threads, seconds).run());
            } else {
                compare(folder, out);
            }
            out.flush();
        }
        return 0;
    }

    private void compare(Path folder, PrintWriter out) throws InterruptedException {
        List<String> shared =
                List.of(
                        "--image-size",
                        Integer.toString(imageSize),
                        "--seconds",
                        Double.toString(seconds),
                        folder.toString());
        List<String> ours = new ArrayList<>(Comparison.thisProgram());
        ours.addAll(List.of("bench", "prepare", "--threads", Integer.toString(threads)));
        ours.addAll(shared);
        List<String> theirs = new ArrayList<>(List.of(peer.trim().split("\\s+")));
        theirs.addAll(shared);
        Comparison.Result result =
                new Comparison(ours, theirs, "samples_per_cpu_s")
                        .run(
                                runs,
                                line -> {
                                    out.println(line);
                                    out.flush();
                                });
        out.printf(
                Locale.ROOT,
                "%s: median pictures per second of one core: ours %.1f, peer %.1f; ratio %.2f"
                        + " (%.2f to %.2f)%n",
                folder.getFileName(),
                result.ours(),
                result.peer(),
                result.ratio(),
                result.lowest(),
                result.highest());
    }
}
