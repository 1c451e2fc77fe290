package org.minigpt4j.cli.bench;

import com.google.gson.JsonObject;

import org.minigpt4j.bench.Comparison;
import org.minigpt4j.bench.JpegFiles;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The common options of benchmarks on folders of pictures, and the comparison with a peer. */
final class PictureBenchOptions {

    @Parameters(arity = "1..*", paramLabel = "FOLDER", description = "Folders of .jpg files.")
    private List<Path> folders;

    @Option(
            names = "--image-size",
            paramLabel = "PIXELS",
            description = "Width and height of the resulting pictures. Default: ${DEFAULT-VALUE}.")
    private int imageSize;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "6",
            description = "Seconds to measure each folder. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--peer",
            paramLabel = "COMMAND",
            description = {
                "Also run this command (the peer), alternating, each in a separate"
                        + " process, and compare pictures per second of processor time. Such as"
                        + " 'python3 docs/peers/pil_decode.py'; split at spaces."
            })
    private String peer;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Runs of each, with --peer. Default: ${DEFAULT-VALUE}.")
    private int runs;

    PictureBenchOptions(int imageSize) {
        this.imageSize = imageSize;
    }

    /** Measures one folder. */
    interface Bench {
        JsonObject run(Path folder) throws InterruptedException;
    }

    int imageSize() {
        return imageSize;
    }

    double seconds() {
        return seconds;
    }

    /**
     * Measures every folder in this process; with a peer, runs {@code command} and the peer in turn
     * instead.
     */
    void run(List<String> command, Bench bench, PrintWriter out) throws InterruptedException {
        folders.forEach(JpegFiles::in); // report bad folders before measuring
        for (Path folder : folders) {
            if (peer == null) {
                out.println(bench.run(folder));
            } else {
                compare(command, folder, out);
            }
            out.flush();
        }
    }

    private void compare(List<String> command, Path folder, PrintWriter out)
            throws InterruptedException {
        List<String> shared =
                List.of(
                        "--image-size",
                        Integer.toString(imageSize),
                        "--seconds",
                        Double.toString(seconds),
                        folder.toString());
        List<String> ours = new ArrayList<>(Comparison.thisProgram());
        ours.addAll(command);
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
