package org.minigpt4j.cli;

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

/** {@code weights convert}: the same tensors in another format. */
@Command(
        name = "convert",
        description =
                "Write the tensors of a weight file or folder in another format, bit for bit:"
                        + " .safetensors, .pth (also .pt, .bin), or else a Hugging Face folder.")
public final class WeightsConvert implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and leave.")
    private boolean help;

    @Parameters(paramLabel = "IN", description = "A weight file, an index of shards, or a folder.")
    private Path in;

    @Parameters(paramLabel = "OUT", description = "The file or folder to write.")
    private Path out;

    @Option(
            names = "--under",
            paramLabel = "KEY",
            description =
                    "Put the tensors of a .pth file under this key: 'model' for a Q-Former file"
                            + " that upstream's Python is to read.")
    private String under;

    @Override
    public Integer call() {
        PrintWriter print = spec.commandLine().getOut();
        Conversion.Result result =
                new Conversion(in, out, Optional.ofNullable(under))
                        .run(new TensorProgress(print, "converted"));
        long bytes = result.tensors().stream().mapToLong(TensorInfo::byteLength).sum();
        print.println(
                "%s: %d tensors, %s"
                        .formatted(out, result.tensors().size(), ByteCount.text(bytes)));
        if (!result.leftOut().isEmpty()) {
            print.println("left out, no tensors of the model: " + result.leftOut());
        }
        print.flush();
        return 0;
    }
}
