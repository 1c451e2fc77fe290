package org.minigpt4j.cli.weights;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.weights.Conversion;
import org.minigpt4j.weights.TensorInfo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code weights convert}: writes the same tensors in another format. */
@Command(
        name = "convert",
        description =
                "Converts a weight file or folder to another format, bit for bit:"
                        + " .safetensors, .pth (also .pt, .bin), or otherwise a Hugging Face"
                        + " folder. A run's output folder, or one of its checkpoints, becomes a"
                        + " .pth that upstream can resume from.")
public final class WeightsConvert implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    @Parameters(
            paramLabel = "IN",
            description = "A weight file, an index of shards, a folder, or a run's checkpoint.")
    private Path in;

    @Parameters(paramLabel = "OUT", description = "The file or folder to write.")
    private Path out;

    @Option(
            names = "--under",
            paramLabel = "KEY",
            description =
                    "Put the tensors of a .pth file under this key: 'model' for a"
                            + " Q-Former file for upstream's Python code.")
    private String under;

    @Override
    public Integer call() {
        PrintWriter print = spec.commandLine().getOut();
        if (UpstreamCheckpoint.isExportable(in)) {
            exportRun(print);
            return 0;
        }
        Conversion.Result result =
                new Conversion(in, out, Optional.ofNullable(under))
                        .run(new TensorProgress(print, "converted"));
        long bytes = result.tensors().stream().mapToLong(TensorInfo::byteLength).sum();
        print.println(
                "%s: %d tensors, %s"
                        .formatted(out, result.tensors().size(), ByteCount.text(bytes)));
        if (!result.leftOut().isEmpty()) {
            print.println(
                    "left out because they are not tensors of the model: " + result.leftOut());
        }
        print.flush();
        return 0;
    }

    private void exportRun(PrintWriter print) {
        if (under != null || !out.getFileName().toString().matches(".*[.](pth|pt)")) {
            throw new UsageException(
                    in
                            + " contains a run, which is converted to an upstream checkpoint; give the name of a"
                            + " .pth file (the plain tensors are in the run's state.safetensors)");
        }
        UpstreamCheckpoint.Export export = UpstreamCheckpoint.export(in, out);
        print.println(
                "%s: %s for upstream, %s"
                        .formatted(
                                out,
                                export.source(),
                                export.epoch() < 0
                                        ? "before the end of the first epoch"
                                        : "after epoch " + export.epoch()));
        if (export.steps() > 0) {
            print.println(
                    "upstream can only resume at the start of an epoch, so it will repeat %d steps"
                            .formatted(export.steps()));
        }
        print.flush();
    }
}
