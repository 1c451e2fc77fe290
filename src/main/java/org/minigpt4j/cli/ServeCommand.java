package org.minigpt4j.cli;

import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.server.ChatServer;
import org.minigpt4j.chat.server.ServerSettings;
import org.minigpt4j.cli.option.CheckpointOptions;
import org.minigpt4j.cli.option.EvalOptions;
import org.minigpt4j.cli.option.ListenOptions;
import org.minigpt4j.cli.screen.Signals;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
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

    @Mixin private ListenOptions listen;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
    private int port = 8000;

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

    @Option(
            names = "--fetch-pictures",
            description =
                    "Fetch pictures that requests name by an http or https address, from public"
                            + " addresses alone. Without it pictures come as data URLs.")
    private boolean fetchPictures;

    @Option(
            names = "--refuse-long",
            description =
                    "Refuse a conversation that is too long instead of cutting its beginning off;"
                            + " a request may say so itself (truncation: disabled).")
    private boolean refuseLong;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        ServerSettings settings =
                new ServerSettings(
                        listen.host(),
                        port,
                        listen.token(),
                        origins,
                        ServerSettings.Limits.DEFAULT,
                        fetchPictures ? Optional.of(Set.of()) : Optional.empty(),
                        refuseLong ? ChatSettings.Overflow.REFUSE : ChatSettings.Overflow.CUT);
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
}
