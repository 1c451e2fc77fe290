package org.minigpt4j.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** A port whose connections lead to another port of this machine, and can be broken or held up. */
final class RelayedPort implements AutoCloseable {

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean broken;
    private volatile boolean held;

    RelayedPort(int target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    /** Closes all connections, and each new one at once until it is mended. */
    void cut() {
        broken = true;
        sockets.forEach(RelayedPort::close);
    }

    /** Lets nothing through until it is mended; connections stay open. */
    void hold() {
        held = true;
    }

    void mend() {
        broken = false;
        held = false;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket from = server.accept();
                sockets.add(from);
                if (broken) {
                    close(from);
                    continue;
                }
                daemon(() -> relay(from));
            } catch (IOException e) {
                continue; // the caller has gone, or the port
            }
        }
    }

    private void relay(Socket from) {
        try {
            Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(to);
            from.setTcpNoDelay(true);
            to.setTcpNoDelay(true);
            daemon(() -> pump(to, from));
            pump(from, to);
        } catch (IOException e) {
            close(from);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] bytes = new byte[1 << 14];
        try {
            for (int n = from.getInputStream().read(bytes); n >= 0; ) {
                while (held && !from.isClosed()) {
                    LockSupport.parkNanos(1_000_000);
                }
                to.getOutputStream().write(bytes, 0, n);
                n = from.getInputStream().read(bytes);
            }
        } catch (IOException e) {
            // The other direction ends as well.
        }
        close(from);
        close(to);
        sockets.remove(from);
        sockets.remove(to);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sockets.forEach(RelayedPort::close);
    }
}
