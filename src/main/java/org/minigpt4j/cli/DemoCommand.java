package org.minigpt4j.cli;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.page.DemoPage;
import org.minigpt4j.chat.server.ChatServer;
import org.minigpt4j.chat.server.ServerSettings;
import org.minigpt4j.cli.option.CheckpointOptions;
import org.minigpt4j.cli.option.EvalOptions;
import org.minigpt4j.cli.option.ListenOptions;
import org.minigpt4j.cli.screen.Signals;
import org.minigpt4j.config.EvalConfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/** {@code launch/demo}: a web page for chatting with a model. */
@Command(
        name = "demo",
        description = {
            "Opens a web page where you show a model pictures and ask about them.",
            "",
            "Without options it opens the quickstart's model: before training, after"
                    + " stage 1 and after stage 2, side by side if you like. The page loads"
                    + " nothing from other hosts. The same address offers OpenAI's API (see"
                    + " launch/serve). Ctrl-C stops it."
        },
        footer = {
            "",
            "Examples:",
            "  launch/demo",
            "  launch/demo --cfg-path eval_configs/minigpt4_eval.yaml --examples pictures",
            "  launch/demo --checkpoint before=untrained --checkpoint other=output/other"
        })
final class DemoCommand implements Callable<Integer> {

    /** The usual port of model demos. */
    private static final int USUAL_PORT = 7860;

    @Mixin private EvalOptions config;

    @Mixin private ListenOptions listen;

    @Option(
            names = "--port",
            paramLabel = "N",
            description =
                    "The port; 0 for any free one. Default: 7860, or any free one if"
                            + " that is taken.")
    private Integer port;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description =
                    "The name that the page shows for the model of --cfg-path."
                            + " Default: minigpt4j; stage2 for the quickstart's model.")
    private String name;

    @Mixin private CheckpointOptions checkpoints;

    @Option(
            names = "--examples",
            paramLabel = "FOLDER",
            description =
                    "A folder of example pictures for the page; the first twelve by"
                            + " name are used. Default for the quickstart's model: scenes that"
                            + " it was not trained on.")
    private Path examples;

    @Option(names = "--no-browser", description = "Only print the address; do not open a browser.")
    private boolean noBrowser;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        EvalConfig opened = config.load();
        boolean quickstart = QuickstartDemo.isNamed(opened);
        Optional<String> token = listen.token();
        List<ChatModels.Choice> more = checkpoints.choices();
        if (quickstart && more.isEmpty()) {
            more = QuickstartDemo.checkpoints();
        }
        DemoPage page =
                new DemoPage(
                        examples != null
                                ? ExamplePictures.of(examples)
                                : quickstart
                                        ? QuickstartDemo.examples(opened.visProcessor().imageSize())
                                        : List.of());
        String first = name != null ? name : quickstart ? QuickstartDemo.NAME : "minigpt4j";
        PrintWriter out = spec.commandLine().getOut();
        out.println("Loading the model ...");
        out.flush();
        CountDownLatch stop = new CountDownLatch(1);
        Runnable[] giveBack = {
            Signals.on("INT", stop::countDown), Signals.on("TERM", stop::countDown)
        };
        try (ChatModels models = ChatModels.open(opened, first, more, (key, bytes) -> {});
                ChatServer server = listen(models, token, page)) {
            URI address = server.address();
            out.println("Open " + withToken(address, token) + " (Ctrl-C ends)");
            out.flush();
            if (!noBrowser && listen.isLoopback()) {
                WebBrowser.open(withToken(address, token));
            }
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

    /** The address with the token after the hash, which browsers do not send to the server. */
    private static String withToken(URI address, Optional<String> token) {
        return address
                + "/"
                + token.map(text -> "#token=" + URLEncoder.encode(text, StandardCharsets.UTF_8))
                        .orElse("");
    }

    private ChatServer listen(ChatModels models, Optional<String> token, DemoPage page) {
        try {
            return listen(models, token, page, port == null ? USUAL_PORT : port);
        } catch (UsageException e) {
            if (port != null) {
                throw e;
            }
            return listen(models, token, page, 0);
        }
    }

    private ChatServer listen(
            ChatModels models, Optional<String> token, DemoPage page, int number) {
        var settings =
                new ServerSettings(
                        listen.host(), number, token, Set.of(), ServerSettings.Limits.DEFAULT);
        return new ChatServer(
                models, settings, Optional.of(page), spec.commandLine().getErr()::println);
    }
}
