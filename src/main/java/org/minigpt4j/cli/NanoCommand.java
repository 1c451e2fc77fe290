package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.cli.screen.PartConsole;
import org.minigpt4j.model.kernel.Threads;
import org.minigpt4j.nano.parts.NanoParts;
import org.minigpt4j.nano.parts.PartRecord;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code launch/nano}: trains the frozen parts of the quickstart from scratch. */
@Command(
        name = "nano",
        description = {
            "Trains the small frozen parts of the quickstart: a language model on"
                    + " text only, an image encoder on pictures only, and a Q-Former on top of"
                    + " the encoder.",
            "",
            "You do not need this to use minigpt4j; it shows how the parts were made."
                    + " To continue after a stop, run the same command; at most a minute of"
                    + " work is lost.",
            "",
            "It takes a bit more than an hour. On two cores, train llama in one"
                    + " terminal, and vit and then qformer in another (--part). Then run the"
                    + " command without --part to write the weights.",
            "",
            "  launch/nano --out output/nano"
        })
final class NanoCommand implements Callable<Integer> {

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Folder for checkpoints, logs and the weights. Default:" + " ${DEFAULT-VALUE}.")
    private Path out = Path.of("output", "nano");

    @Option(names = "--seed", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--part",
            paramLabel = "NAME",
            description =
                    "Train only this part: llama, vit or qformer (which needs vit)."
                            + " Default: all three; then write the weights.")
    private String part;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "CPU threads. Default: ${DEFAULT-VALUE}, as for the parts that"
                            + " come with the program; other numbers change the last bits.")
    private int threads = 1;

    @Option(
            names = "--shorten",
            paramLabel = "N",
            description =
                    "Train each part for one Nth of its steps, to see the whole in minutes: its"
                            + " parts know little. Default: ${DEFAULT-VALUE}.")
    private int shorten = 1;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter console = spec.commandLine().getOut();
        if (part != null && !NanoParts.NAMES.contains(part)) {
            throw new UsageException(
                    "--part %s: the parts are %s"
                            .formatted(part, String.join(", ", NanoParts.NAMES)));
        }
        if (threads < 1) {
            throw new UsageException("--threads must be 1 or more");
        }
        if (shorten < 1) {
            throw new UsageException("--shorten must be 1 or more");
        }
        NanoParts parts = new NanoParts(out, seed, shorten);
        Threads.set(threads);
        try (PartConsole screen = new PartConsole(console)) {
            for (String name : part == null ? NanoParts.NAMES : List.of(part)) {
                Map<String, String> params = Map.of("seed", Long.toString(seed), "part", name);
                try (PartRecord record = PartRecord.open(out.resolve(name), params)) {
                    boolean finished =
                            parts.train(
                                    name,
                                    report -> {
                                        record.report(report);
                                        screen.report(report);
                                    },
                                    screen);
                    if (!finished) {
                        console.println("Stopped and saved. Run the same command to continue.");
                        console.flush();
                        return screen.exitCode();
                    }
                    record.finished();
                }
            }
        }
        if (part == null) {
            parts.write(out.resolve("weights"), threads);
            console.println("Weights: " + out.resolve("weights"));
            console.flush();
        }
        return 0;
    }
}
