package org.minigpt4j.prepare.fetch;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;

/**
 * The open web in small: a server on real sockets that does right and, path by path, all the wrong
 * things of {@link Behaviour}. It counts who asked for what. As a program it serves until its input
 * ends and prints its address; {@code GET /hits} tells the counts there.
 */
public final class MisbehavingServer implements AutoCloseable {

    private static final byte[] PAGE =
            "<!DOCTYPE html><html><body>Not found</body></html>".getBytes(StandardCharsets.UTF_8);

    private static final int TLS_HANDSHAKE = 0x16;

    private final ServerSocket listener;
    private final URI forbidden;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    task -> {
                        Thread thread = new Thread(task, "misbehaving-server");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> hits = new ConcurrentSkipListMap<>();
    private final Map<String, String> userAgents = new ConcurrentHashMap<>();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger mostBusy = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong sent = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final byte[] bomb;
    private volatile String robotsTxt;
    private final byte[] members;
    private volatile long delayMillis;
    private volatile int retryAfterSeconds;

    /**
     * Listens on 127.0.0.1.
     *
     * @param port 0 for any
     * @param forbidden where {@link Behaviour#PRIVATE} redirects to
     */
    public MisbehavingServer(int port, URI forbidden) {
        this.forbidden = forbidden;
        try {
            bomb = gzip(new byte[1 << 20], 16);
            byte[] empty = gzip(new byte[0], 0);
            ByteArrayOutputStream many = new ByteArrayOutputStream();
            for (int i = 0; i < 20_000; i++) {
                many.writeBytes(empty);
            }
            members = many.toByteArray();
            listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 1024);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    /** Serves on the port given, or any. */
    public static void main(String[] arguments) throws IOException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
        URI forbidden = URI.create(arguments.length > 1 ? arguments[1] : "http://127.0.0.1:1/");
        try (MisbehavingServer server = new MisbehavingServer(port, forbidden)) {
            System.out.println(server.address("/"));
            System.out.flush();
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }

    /** The address of a path here. */
    public URI address(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    /** The address of a behaviour. */
    public URI address(Behaviour behaviour, int number) {
        return address(behaviour.path(number));
    }

    /** As {@link FetchSettings#allowedPrivate} wants it. */
    public String hostAndPort() {
        return "127.0.0.1:" + port();
    }

    /** The port it listens on. */
    public int port() {
        return listener.getLocalPort();
    }

    /** How often a path was asked for. */
    public int hits(String path) {
        AtomicInteger count = hits.get(path);
        return count == null ? 0 : count.get();
    }

    /** How often each path was asked for. */
    public Map<String, AtomicInteger> hits() {
        return hits;
    }

    /** The User-Agent of the last request for a path. */
    public String userAgent(String path) {
        return userAgents.get(path);
    }

    /** The most requests that were being answered at a time. */
    public int mostAtATime() {
        return mostBusy.get();
    }

    /** Connections accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** Bytes that clients took so far. */
    public long sent() {
        return sent.get();
    }

    /** What {@code /robots.txt} says; without it there is none. */
    public void robotsTxt(String text) {
        robotsTxt = text;
    }

    /** The pause that {@link Behaviour#BUSY_ONCE} asks for; none at first. */
    public void retryAfter(int seconds) {
        retryAfterSeconds = seconds;
    }

    /** How long it thinks before every answer. */
    public void delay(long millis) {
        delayMillis = millis;
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                connections.incrementAndGet();
                open.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                // Closed, or out of files for a moment.
                continue;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (String head; (head = head(in)) != null; ) {
                String path = head.split(" ", 3)[1];
                hits.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
                userAgents.put(path, header(head, "User-Agent"));
                mostBusy.accumulateAndGet(busy.incrementAndGet(), Math::max);
                try {
                    pause(delayMillis);
                    answer(path, socket);
                } finally {
                    busy.decrementAndGet();
                }
            }
        } catch (IOException e) {
            // The client has had enough.
            return;
        } finally {
            open.remove(socket);
        }
    }

    /** Request line and headers; null when the client is gone. */
    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int next; (next = in.read()) >= 0; ) {
            head.write(next);
            String text = next == '\n' ? head.toString(StandardCharsets.ISO_8859_1) : "";
            if (text.endsWith("\r\n\r\n")) {
                return text;
            } else if (head.size() == 1 && next == TLS_HANDSHAKE) {
                throw new IOException("speaks TLS");
            }
        }
        return null;
    }

    private static String header(String head, String name) {
        return Arrays.stream(head.split("\r\n"))
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    private void answer(String path, Socket socket) throws IOException {
        OutputStream out = new Counting(socket.getOutputStream());
        if (path.equals("/robots.txt")) {
            String text = robotsTxt;
            reply(out, text == null ? 404 : 200, "text/plain", bytes(text == null ? "" : text));
            return;
        } else if (path.equals("/hits")) {
            reply(out, 200, "application/json", bytes(hitsAsJson()));
            return;
        }
        String[] parts = path.substring(1).split("[/.?]");
        Behaviour behaviour = Behaviour.valueOf(parts[0].toUpperCase(Locale.ROOT));
        misbehave(behaviour, Integer.parseInt(parts[1]), parts, path, socket, out);
    }

    private void misbehave(
            Behaviour behaviour,
            int number,
            String[] parts,
            String path,
            Socket socket,
            OutputStream out)
            throws IOException {
        boolean first = hits(path) == 1;
        byte[] picture = TestPictures.jpeg(number);
        int step = parts.length > 2 ? Integer.parseInt(parts[2]) : 0;
        switch (behaviour) {
            case IMAGE -> reply(out, 200, "image/jpeg", picture);
            case GZIP -> {
                byte[] packed = gzip(picture, 1);
                start(out, 200, "image/jpeg", packed.length, "Content-Encoding: gzip");
                out.write(packed);
            }
            case BUSY_ONCE ->
                    onceThenPicture(first, 429, "Retry-After: " + retryAfterSeconds, out, picture);
            case FAILING_ONCE -> onceThenPicture(first, 503, "X-Cause: none", out, picture);
            case HOPS -> {
                if (step == 3) {
                    reply(out, 200, "image/jpeg", picture);
                } else {
                    redirect(out, "/hops/" + number + "/" + (step + 1));
                }
            }
            case DISGUISED -> reply(out, 200, "image/jpeg", PAGE);
            case HUGE -> reply(out, 200, "image/jpeg", huge(picture));
            case HALF -> reply(out, 200, "image/jpeg", Arrays.copyOf(picture, picture.length / 2));
            case LONG -> {
                start(out, 200, "image/jpeg", picture.length, "X-Surprise: one byte more");
                out.write(Arrays.copyOf(picture, picture.length + 1));
            }
            case EMPTY -> reply(out, 200, "image/jpeg", new byte[0]);
            case MISSING -> reply(out, 404, "text/html", PAGE);
            case FORBIDDEN -> reply(out, 403, "text/html", PAGE);
            case BUSY -> {
                start(out, 429, "text/plain", 0, "Retry-After: 3600");
            }
            case FAILING -> reply(out, 500, "text/html", PAGE);
            case DRIP -> {
                start(out, 200, "image/jpeg", picture.length, "X-Speed: slow");
                for (byte value : picture) {
                    pause(40);
                    out.write(value);
                }
            }
            case DRIPPING_HEAD -> {
                out.write(bytes("HTTP/1.1 200 OK\r\n"));
                for (int i = 0; i < 150; i++) {
                    pause(40);
                    out.write(bytes("X-Line-" + i + ": 1\r\n"));
                }
            }
            case ENDLESS_HEAD -> {
                out.write(bytes("HTTP/1.1 200 OK\r\n"));
                for (int i = 0; ; i++) {
                    out.write(bytes("X-Line-" + i + ": 1\r\n"));
                }
            }
            case SILENT -> pause(600_000);
            case ENDLESS -> {
                start(out, 200, "image/jpeg", -1, "X-End: never");
                out.write(picture);
                while (true) {
                    out.write(picture);
                }
            }
            case BOASTING -> {
                start(out, 200, "image/jpeg", 100_000_000_000L, "X-Size: all there is");
                while (true) {
                    out.write(picture);
                }
            }
            case BOMB -> {
                start(out, 200, "image/jpeg", bomb.length, "Content-Encoding: gzip");
                out.write(bomb);
            }
            case MEMBERS -> {
                start(out, 200, "image/jpeg", members.length, "Content-Encoding: gzip");
                out.write(members);
            }
            case BAD_CHUNKS ->
                    out.write(
                            bytes(
                                    "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
                                            + "Transfer-Encoding: chunked\r\n\r\n"
                                            + "4\r\nabcd\r\nwhat\r\nabcd\r\n0\r\n\r\n"));
            case SHORT -> {
                start(out, 200, "image/jpeg", picture.length + 1000, "X-Length: wrong");
                out.write(picture);
                socket.close();
            }
            case RESET -> {
                start(out, 200, "image/jpeg", picture.length + 100_000, "X-End: sudden");
                out.write(picture);
                out.flush();
                // The client must have read some of it, or the reset would overtake the head.
                pause(50);
                socket.setSoLinger(true, 0);
                socket.close();
            }
            case HTML -> reply(out, 200, "text/html; charset=utf-8", PAGE);
            case PRIVATE -> redirect(out, forbidden.toString());
            case LOOP -> redirect(out, path);
            case CHAIN -> redirect(out, "/chain/" + number + "/" + (step + 1));
            case FILE -> redirect(out, "file:///etc/passwd");
            case NOAI -> {
                start(out, 200, "image/jpeg", picture.length, "X-Robots-Tag: noindex, noai");
                out.write(picture);
            }
            case GIBBERISH -> {
                out.write(bytes("220 mail.test ESMTP\r\n220 what?\r\n\r\n"));
                socket.close();
            }
        }
    }

    private static void onceThenPicture(
            boolean first, int status, String header, OutputStream out, byte[] picture)
            throws IOException {
        if (first) {
            start(out, status, "text/plain", 0, header);
        } else {
            reply(out, 200, "image/jpeg", picture);
        }
    }

    private static void redirect(OutputStream out, String location) throws IOException {
        start(out, 302, "text/plain", 0, "Location: " + location);
    }

    private static void reply(OutputStream out, int status, String type, byte[] body)
            throws IOException {
        start(out, status, type, body.length, "X-Server: misbehaving");
        out.write(body);
    }

    private static void start(OutputStream out, int status, String type, long length, String header)
            throws IOException {
        String body = length < 0 ? "Connection: close" : "Content-Length: " + length;
        out.write(
                bytes(
                        "HTTP/1.1 "
                                + status
                                + " X\r\nContent-Type: "
                                + type
                                + "\r\n"
                                + body
                                + "\r\n"
                                + header
                                + "\r\n\r\n"));
    }

    /** Overwrites the sides in the frame's header. */
    private static byte[] huge(byte[] jpeg) {
        byte[] out = jpeg.clone();
        for (int i = 2; i < out.length; i++) {
            if (out[i] == (byte) 0xFF && out[i + 1] == (byte) 0xC0) {
                for (int at = i + 5; at < i + 9; at += 2) {
                    out[at] = (byte) (60000 >> 8);
                    out[at + 1] = (byte) 60000;
                }
                return out;
            }
        }
        throw new IllegalArgumentException("no frame");
    }

    private static byte[] gzip(byte[] data, int times) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream packer = new GZIPOutputStream(out)) {
            for (int i = 0; i < times; i++) {
                packer.write(data);
            }
        }
        return out.toByteArray();
    }

    private String hitsAsJson() {
        StringBuilder json = new StringBuilder("{");
        hits.forEach(
                (path, count) ->
                        json.append(json.length() > 1 ? "," : "")
                                .append('"')
                                .append(path)
                                .append("\":")
                                .append(count));
        return json.append('}').toString();
    }

    private void pause(long millis) throws IOException {
        try {
            if (millis > 0 && closed.await(millis, TimeUnit.MILLISECONDS)) {
                throw new IOException("the server is closed");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private final class Counting extends OutputStream {

        private final OutputStream out;

        Counting(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            sent.incrementAndGet();
        }

        @Override
        public void write(byte[] from, int offset, int count) throws IOException {
            out.write(from, offset, count);
            sent.addAndGet(count);
        }
    }
}
