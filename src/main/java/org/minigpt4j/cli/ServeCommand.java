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

/** {@code launch/serve}: serves a model over HTTP. */
@Command(
        name = "serve",
        description = {
            "Serves a trained model over HTTP with OpenAI's API.",
            "",
            "It answers chat completions with pictures as data URLs, whole or"
                    + " streamed, at /v1/chat/completions, and has /v1/models and /health. Only"
                    + " this machine can connect unless you give --host. After Ctrl-C it"
                    + " finishes the answers it is writing."
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
            description = "The port; 0 for any free one. Default: ${DEFAULT-VALUE}.")
    private int port = 8000;

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            description =
                    "The origin of a web page, such as https://chat.example.org, that"
                            + " may call from a browser; may be repeated.")
    private Set<String> origins = Set.of();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The model's name in requests. Default: ${DEFAULT-VALUE}.")
    private String name = "minigpt4j";

    @Mixin private CheckpointOptions checkpoints;

    @Option(
            names = "--fetch-pictures",
            description =
                    "Download pictures that requests give as http or https addresses,"
                            + " from public addresses only. Without it, only data URLs are"
                            + " accepted.")
    private boolean fetchPictures;

    @Option(
            names = "--refuse-long",
            description =
                    "Refuse a conversation that is too long instead of cutting off"
                            + " its beginning. A request can ask for this itself (truncation:"
                            + " disabled).")
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
