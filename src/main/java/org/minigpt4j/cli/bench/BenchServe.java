package org.minigpt4j.cli.bench;

import com.google.gson.JsonElement;

import org.minigpt4j.UsageException;
import org.minigpt4j.bench.ServeBench;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.cli.option.EvalOptions;
import org.minigpt4j.io.ReadFailure;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code launch/bench serve}: measures tokens per second for one client and for many. */
@Command(
        name = "serve",
        description = {
            "Times launch/serve's server with a trained model and prints one line of JSON for each"
                    + " number of clients.",
            "",
            "Each client asks one question after another over HTTP and reads the"
                    + " streamed answers. The time to the first token includes the wait for a"
                    + " place in the batch."
        },
        footer = {
            "",
            "Example:",
            "  launch/bench serve --image output/quickstart/data/align/image/1.jpg"
        })
final class BenchServe implements Callable<Integer> {

    @Mixin private EvalOptions config;

    @Option(
            names = "--clients",
            paramLabel = "N",
            split = ",",
            description =
                    "Numbers of clients; each number is one round. Default:" + " ${DEFAULT-VALUE}.")
    private List<Integer> clients = List.of(1, 4, 16);

    @Option(
            names = "--answers",
            paramLabel = "N",
            description = "Answers per client. Default: ${DEFAULT-VALUE}.")
    private int answers = 4;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Maximum tokens per answer. Default: ${DEFAULT-VALUE}.")
    private int tokens = 64;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "A picture to ask about. Default: none.")
    private Path image;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (answers < 1 || tokens < 1 || clients.stream().anyMatch(count -> count < 1)) {
            throw new UsageException("--clients, --answers and --tokens must be above 0");
        }
        Optional<byte[]> picture = Optional.ofNullable(image).map(BenchServe::read);
        try (ChatModels models =
                ChatModels.open(config.load(), "minigpt4j", List.of(), (key, bytes) -> {})) {
            for (JsonElement round :
                    new ServeBench(clients, answers, tokens, picture).run(models)) {
                spec.commandLine().getOut().println(round);
            }
        }
        return 0;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        }
    }
}
