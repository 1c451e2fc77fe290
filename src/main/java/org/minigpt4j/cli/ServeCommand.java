package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.server.ChatServer;
import org.minigpt4j.chat.server.ServerSettings;
import org.minigpt4j.cli.option.CheckpointOptions;
import org.minigpt4j.cli.option.EvalOptions;
import org.minigpt4j.cli.screen.Signals;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** {@code launch/serve}: a model that programs can ask. */
@Command(
        name = "serve",
        description = {
            "Serves a trained model over HTTP in the words of OpenAI's API.",
            "",
            "Chat completions with pictures as data URLs, whole or streamed, at"
                    + " /v1/chat/completions; the model's name at /v1/models; /health. It listens"
                    + " to this machine alone unless --host says otherwise. Ctrl-C lets answers"
                    + " that are being written come to their end."
        },
        footer = {
            "",
            "Example:",
            "  launch/serve --cfg-path eval_configs/minigpt4_eval.yaml --port 8080"
        })
final class ServeCommand implements Callable<Integer> {

    @Mixin private EvalOptions config;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen at. Default: ${DEFAULT-VALUE}.")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
    private int port = 8000;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "A file whose first line callers must show as Authorization: Bearer. Required"
                            + " where others can reach the server.")
    private Path tokenFile;

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            description =
                    "A page's origin, such as https://chat.example.org, that may call from a"
                            + " browser; several name several.")
    private Set<String> origins = Set.of();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The model's name for callers. Default: ${DEFAULT-VALUE}.")
    private String name = "minigpt4j";

    @Mixin private CheckpointOptions checkpoints;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Optional<String> token = Optional.ofNullable(tokenFile).map(ServeCommand::token);
        boolean loopback = Set.of("127.0.0.1", "localhost", "::1").contains(host);
        if (!loopback && token.isEmpty()) {
            throw new UsageException(
                    "--host %s lets others reach the server; name a --token-file as well"
                            .formatted(host));
        }
        ServerSettings settings =
                new ServerSettings(host, port, token, origins, ServerSettings.Limits.DEFAULT);
        PrintWriter out = spec.commandLine().getOut();
        CountDownLatch stop = new CountDownLatch(1);
        Runnable[] giveBack = {
            Signals.on("INT", stop::countDown), Signals.on("TERM", stop::countDown)
        };
        try (ChatModels models =
                        ChatModels.open(
                                config.load(), name, checkpoints.choices(), (key, bytes) -> {});
                ChatServer server =
                        new ChatServer(models, settings, spec.commandLine().getErr()::println)) {
            out.println("Listening at " + server.address() + "/v1 (Ctrl-C ends)");
            out.flush();
            stop.await();
            out.println("Stopping.");
            out.flush();
        } finally {
            for (Runnable signal : giveBack) {
                signal.run();
            }
        }
        return 0;
    }

    private static String token(Path file) {
        try {
            String token = Files.readString(file).lines().findFirst().orElse("").strip();
            if (token.isEmpty()) {
                throw new UsageException(
                        "--token-file %s: its first line is empty".formatted(file));
            }
            return token;
        } catch (IOException e) {
            throw new UsageException(
                    "--token-file %s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }
}
