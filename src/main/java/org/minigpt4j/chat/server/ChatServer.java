package org.minigpt4j.chat.server;

import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.page.DemoPage;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Serves a model over HTTP with OpenAI's API: {@code /v1/chat/completions}, {@code /v1/models} and
 * {@code /health}.
 */
public final class ChatServer implements AutoCloseable {

    private static final int STOP_MILLIS = 5_000;
    private static final int IDLE_MILLIS = 60_000;

    /** Number of threads in addition to those that wait for answers. */
    private static final int THREADS = 32;

    private final Server server;
    private final ServerConnector connector;
    private final ModelDesk desk;
    private final String host;

    /**
     * Starts listening.
     *
     * @param model the caller must close it, after this server
     * @param name the model's name in requests
     * @param log gets a message about each failure
     * @throws UsageException if the server cannot listen on the address
     */
    public ChatServer(ChatModel model, String name, ServerSettings settings, Consumer<String> log) {
        this(ChatModels.of(name, model), settings, log);
    }

    /**
     * Starts listening.
     *
     * @param models the caller must close them, after this server
     * @param log gets a message about each failure
     * @throws UsageException if the server cannot listen on the address
     */
    public ChatServer(ChatModels models, ServerSettings settings, Consumer<String> log) {
        this(models, settings, Optional.empty(), log);
    }

    /**
     * Starts listening, with a demo page.
     *
     * @param models the caller must close them, after this server
     * @param page the page at the server's root
     * @param log gets a message about each failure
     * @throws UsageException if the server cannot listen on the address
     */
    public ChatServer(
            ChatModels models,
            ServerSettings settings,
            Optional<DemoPage> page,
            Consumer<String> log) {
        desk = new ModelDesk(models, settings);
        host = settings.host();
        QueuedThreadPool threads =
                new QueuedThreadPool(THREADS + settings.limits().inHand().most());
        threads.setName("chat-server");
        server = new Server(threads);
        server.setStopTimeout(STOP_MILLIS);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setIdleTimeout(IDLE_MILLIS);
        // Otherwise Jetty confuses headers whose values differ only in case, such as tokens.
        http.setHeaderCacheCaseSensitive(true);
        connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(settings.port());
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.setErrorHandler(new RefusedRequests());
        server.setHandler(new GracefulHandler(new ApiHandler(settings, desk, models, page, log)));
        try {
            server.start();
        } catch (IOException e) {
            throw new UsageException(
                    "cannot listen on %s port %d: %s"
                            .formatted(host, settings.port(), e.getMessage()),
                    e);
        } catch (Exception e) {
            throw new FailedException("the server does not start: " + e.getMessage(), e);
        }
    }

    /** The address that it listens on. */
    public URI address() {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return URI.create("http://" + name + ":" + connector.getLocalPort());
    }

    /** Waits until the server has stopped. */
    public void join() throws InterruptedException {
        server.join();
    }

    /** Stops the server; answers in progress get a few seconds to finish. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (TimeoutException e) {
            // The server has stopped; unfinished answers were cut off.
            return;
        } catch (Exception e) {
            throw new FailedException("the server does not stop: " + e.getMessage(), e);
        } finally {
            desk.close();
        }
    }
}
