package org.minigpt4j.cli.weights;

import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.config.HubEnvironment;
import org.minigpt4j.weights.Blip2Import;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code weights import}: extracts the encoders from Hugging Face's BLIP-2. */
@Command(
        name = "import",
        description = {
            "Makes the weight files of the image encoder and the Q-Former from"
                    + " Hugging Face's Salesforce/blip2-flan-t5-xxl: from a copy on this"
                    + " machine, or from the address of its model.safetensors.index.json.",
            "",
            "From a remote copy it downloads only the bytes of these two parts, 4.4"
                    + " of 49 GB. To continue after an interruption, run the same command. A"
                    + " token in HF_TOKEN is sent only to the host of the address."
        })
public final class WeightsImport implements Callable<Integer> {

    private static final long STEP = 256_000_000;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    @Option(
            names = "--from",
            required = true,
            paramLabel = "DIR|URL",
            description = "The folder, or the address of the index.")
    private String from;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder to write.")
    private Path out;

    @Option(
            names = "--allow-private",
            paramLabel = "ADDRESS",
            description =
                    "A private address that may be contacted, such as 10.0.0.5:8080."
                            + " Otherwise only public addresses are. May be repeated.")
    private List<String> allowed = List.of();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter print = spec.commandLine().getOut();
        var command =
                new Blip2Import(from, out, HubEnvironment.ofProcess().token(), Set.copyOf(allowed));
        long[] told = {0};
        for (Blip2Import.Written written :
                command.run(
                        (bytes, total) -> {
                            if (bytes - told[0] >= STEP) {
                                told[0] = bytes;
                                print.println(
                                        "  %s of %s"
                                                .formatted(
                                                        ByteCount.text(bytes),
                                                        ByteCount.text(total)));
                                print.flush();
                            }
                        })) {
            print.println(
                    "%s: %d tensors, %s"
                            .formatted(
                                    written.file(),
                                    written.tensors(),
                                    ByteCount.text(written.bytes())));
        }
        print.flush();
        return 0;
    }
}
