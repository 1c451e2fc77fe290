package org.minigpt4j.prepare.fetch;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** A private place that must see no connection; it answers as if it held a secret. */
final class Canary implements AutoCloseable {

    private final ServerSocket listener;
    private final AtomicInteger connections = new AtomicInteger();

    Canary(String address) throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getByName(address));
        Thread thread = new Thread(this::accept, "canary");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                connections.incrementAndGet();
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret".getBytes());
            } catch (IOException e) {
                continue;
            }
        }
    }

    URI address() {
        return URI.create(
                "http://"
                        + listener.getInetAddress().getHostAddress()
                        + ":"
                        + listener.getLocalPort()
                        + "/");
    }

    int port() {
        return listener.getLocalPort();
    }

    int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
