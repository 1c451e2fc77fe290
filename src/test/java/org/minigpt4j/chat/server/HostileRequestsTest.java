package org.minigpt4j.chat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

/** Requests that mean harm, many at a time: the server answers them, and nobody else notices. */
@Timeout(3600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRequestsTest {

    private static final int AT_ONCE = 16;
    private static final long MEMORY = 64L << 20;
    private static final int MEGABYTE = 1 << 20;

    @TempDir static Path temp;
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger reached = new AtomicInteger();
    private final List<Socket> slow = Collections.synchronizedList(new ArrayList<>());

    /**
     * How many got which status; 0 is a connection that the server closed, or a client that left.
     */
    private final Map<Integer, Integer> statuses = new TreeMap<>();

    private ChatModel model;
    private ChatServer server;
    private ApiClient api;
    private String picture;

    /** Nobody may connect to it: it stands for a host that only this machine reaches. */
    private ServerSocket inside;

    /** The one private address that may be fetched from; it sends everybody inside. */
    private ServerSocket redirects;

    @BeforeAll
    void open() throws Exception {
        inside = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        redirects = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        serve(inside, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret", reached);
        String away =
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%s/\r\nContent-Length: 0\r\n\r\n"
                        .formatted(Integer.toString(inside.getLocalPort()));
        serve(redirects, away, new AtomicInteger());
        model = ChatModel.open(NanoChat.config(temp), (key, bytes) -> {});
        var limits = new ServerSettings.Limits(1 << 20, 2, 16, 3, 16, 8, 8, 4096, 16);
        Set<String> allowed = Set.of("127.0.0.1:" + redirects.getLocalPort());
        server =
                new ChatServer(
                        ChatModels.of("nano", model),
                        new ServerSettings(
                                "127.0.0.1",
                                0,
                                Optional.empty(),
                                Set.of(),
                                limits,
                                Optional.of(allowed),
                                ChatSettings.Overflow.REFUSE),
                        log::add);
        api = new ApiClient(server.address(), Optional.empty(), "nano");
        picture =
                "data:image/jpeg;base64,"
                        + Base64.getEncoder().encodeToString(new SceneWorld(3, 128).jpeg(0));
    }

    private static void serve(ServerSocket socket, String answer, AtomicInteger count) {
        Thread thread =
                new Thread(
                        () -> {
                            while (!socket.isClosed()) {
                                try (Socket caller = socket.accept()) {
                                    count.incrementAndGet();
                                    caller.getInputStream().read(new byte[4096]);
                                    caller.getOutputStream()
                                            .write(answer.getBytes(StandardCharsets.US_ASCII));
                                } catch (IOException e) {
                                    // whoever asked has gone, or the test is over
                                }
                            }
                        });
        thread.setDaemon(true);
        thread.start();
    }

    @AfterAll
    void close() throws IOException {
        server.close();
        model.close();
        inside.close();
        redirects.close();
    }

    @Test
    void hundredsHarmNobody() throws Exception {
        attack(AT_ONCE * 4, 400);
    }

    /** Two thousand more come first, so that the memory that the process needs once is taken. */
    @Test
    @Tag("soak")
    void tenThousandHarmNobody() throws Exception {
        Figures grown = attack(2000, 10_000);
        assertTrue(grown.resident() < MEMORY, grown + ": resident memory");
        assertTrue(grown.threads() <= AT_ONCE, grown + ": threads");
    }

    /** What there is of the process: bytes, and threads that do something. */
    private record Figures(long heap, long resident, int busy, int threads) {

        Figures minus(Figures before) {
            return new Figures(
                    heap - before.heap,
                    resident - before.resident,
                    busy - before.busy,
                    threads - before.threads);
        }
    }

    /** How much more there is after {@code count} requests than after the first few. */
    private Figures attack(int first, int count) throws Exception {
        JsonObject honest = api.asks("what is it?", picture);
        honest.addProperty("logprobs", true);
        honest.addProperty("top_logprobs", 2);
        JsonElement expected = api.answer(honest).get("choices");
        Figures grown;
        try (Closing threads = new Closing(Executors.newFixedThreadPool(AT_ONCE))) {
            run(threads.service, 0, first); // whatever is made once
            Figures before = figures(0);
            long begin = System.nanoTime();
            run(threads.service, first, first + count);
            double seconds = (System.nanoTime() - begin) / 1e9;
            assertEquals(expected, api.answer(honest).get("choices"), "a good request after them");
            grown = figures(before.busy).minus(before);
            System.out.printf(
                    Locale.ROOT,
                    "%d hostile requests in %.0f s: heap %+d KiB, resident %+d KiB, busy server"
                            + " threads %+d, all threads %+d, private connects %d, answers %s%n",
                    count,
                    seconds,
                    grown.heap >> 10,
                    grown.resident >> 10,
                    grown.busy,
                    grown.threads,
                    reached.get(),
                    statuses);
        }
        assertTrue(grown.heap < MEMORY, grown + ": heap");
        assertTrue(grown.busy <= 0, grown + ": threads that do not end");
        assertEquals(0, reached.get(), "connects to a private address");
        assertEquals(List.of(), log);
        return grown;
    }

    private Figures figures(int busy) throws IOException {
        for (Socket socket : List.copyOf(slow)) {
            socket.close();
        }
        slow.clear();
        int settled = settled(busy);
        System.gc();
        return new Figures(used(), resident(), settled, Thread.getAllStackTraces().size());
    }

    /** What the process has of the machine's memory, in bytes; 0 where nobody says. */
    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .sum();
    }

    private record Closing(ExecutorService service) implements AutoCloseable {
        @Override
        public void close() {
            service.shutdownNow();
        }
    }

    private void run(ExecutorService threads, int from, int to) throws Exception {
        List<Future<Integer>> answers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            int number = i;
            answers.add(threads.submit((Callable<Integer>) () -> hostile(number)));
        }
        for (int i = from; i < to; i++) {
            int status = answers.get(i - from).get();
            statuses.merge(status, 1, Integer::sum);
            // 0: the server hung up, which it may.
            assertTrue(
                    status == 0 || status >= 400 && status < 500, "request " + i + ": " + status);
        }
    }

    private static long used() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Threads of the server that do something: idle ones wait in their pool. */
    private static int busyThreads() {
        return (int)
                Thread.getAllStackTraces().entrySet().stream()
                        .filter(thread -> thread.getKey().getName().startsWith("chat-server"))
                        .filter(
                                thread ->
                                        Arrays.stream(thread.getValue())
                                                .noneMatch(HostileRequestsTest::isIdle))
                        .count();
    }

    private static boolean isIdle(StackTraceElement frame) {
        return frame.getMethodName().equals("idleJobPoll")
                || frame.getClassName().contains("ReservedThread");
    }

    /** Waits until the threads have ended what they do. */
    private static int settled(int expected) {
        long end = System.nanoTime() + 5_000_000_000L;
        int busy = busyThreads();
        while (busy > expected && System.nanoTime() < end) {
            Thread.onSpinWait();
            busy = busyThreads();
        }
        return busy;
    }

    private int hostile(int number) throws Exception {
        SplittableRandom random = new SplittableRandom(number);
        String good = api.asks("what is it?", picture).toString();
        return switch (number % 18) {
            case 0 -> post(good.replace("base64,/", "base64,@@" + number));
            case 1 -> post(good.replace(picture, "data:image/png;base64," + bomb()));
            case 2 -> slowBody(random);
            case 3 -> post("{\"messages\":".repeat(1 + random.nextInt(20_000)));
            case 4 -> post(good.replace("\"temperature\":0", "\"temperature\":" + odd(random)));
            case 5 -> longBody(random);
            case 6 -> post(good.replace(picture, privateAddress(random)));
            case 7 -> raw(noise(random));
            case 8 -> leaves(good.replace("\"max_tokens\":8", "\"max_tokens\":16,\"stream\":true"));
            case 9 -> post(good.substring(0, random.nextInt(good.length())));
            case 10 -> post(good.replace("\"user\"", wrongType(random)));
            case 11 -> raw(smuggled(random, good));
            case 12 -> slowHeader(random);
            case 13 -> api.get(elsewhere(random)).statusCode();
            case 14 -> post(good.replace(picture, noPicture(random)));
            case 15 -> post(good.replace("\"nano\"", "\"" + stranger(random) + "\""));
            case 16 ->
                    raw(header(good.length()).replace("localhost", "evil.example") + "\r\n" + good);
            default -> raw(header(good.length()) + "Expect: nonsense\r\n\r\n" + good);
        };
    }

    private int post(String body) throws Exception {
        try {
            return api.post("/v1/chat/completions", body).statusCode();
        } catch (IOException e) {
            return 0; // its connection was closed after the request before, while this one was sent
        }
    }

    /** A PNG that says it has 65,535 x 65,535 pixels, in a few bytes. */
    private static String bomb() {
        ByteBuffer header = ByteBuffer.allocate(17);
        header.put("IHDR".getBytes(StandardCharsets.US_ASCII));
        header.putInt(65_535).putInt(65_535).put(new byte[] {8, 2, 0, 0, 0});
        CRC32 crc = new CRC32();
        crc.update(header.array());
        ByteBuffer png = ByteBuffer.allocate(8 + 4 + 17 + 4);
        png.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        png.putInt(13).put(header.array()).putInt((int) crc.getValue());
        return Base64.getEncoder().encodeToString(png.array());
    }

    private static String odd(SplittableRandom random) {
        List<String> numbers =
                List.of(
                        "NaN",
                        "Infinity",
                        "-1e400",
                        "1e999999999",
                        "\"NaN\"",
                        "[]",
                        "2.0001",
                        "{}");
        return numbers.get(random.nextInt(numbers.size()));
    }

    private static String wrongType(SplittableRandom random) {
        List<String> values = List.of("7", "null", "[]", "{}", "true", "\"system\\u0000\"");
        return values.get(random.nextInt(values.size()));
    }

    private String privateAddress(SplittableRandom random) {
        String port = ":" + inside.getLocalPort() + "/";
        List<String> addresses =
                List.of(
                        "http://127.0.0.1" + port,
                        "http://localhost" + port,
                        "http://2130706433" + port,
                        "http://0x7f000001" + port,
                        "http://0177.0.0.1" + port,
                        "http://127.1" + port,
                        "http://[::1]" + port,
                        "http://[::ffff:127.0.0.1]" + port,
                        "http://0.0.0.0" + port,
                        "http://a@127.0.0.1" + port,
                        "http://169.254.169.254/latest/meta-data",
                        "http://127.0.0.1:" + redirects.getLocalPort() + "/away",
                        "HTTP://127.0.0.1" + port,
                        "https://127.0.0.1" + port,
                        "gopher://127.0.0.1" + port,
                        "file:///etc/passwd");
        return addresses.get(random.nextInt(addresses.size()));
    }

    private String header(long length) {
        return ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Length: %s\r\n")
                .formatted(Long.toString(length));
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", server.address().getPort());
        socket.setSoTimeout(100_000);
        return socket;
    }

    /** Sends the beginning of a body and then nothing; the connection stays open for a while. */
    private int slowBody(SplittableRandom random) throws IOException {
        Socket socket = connect();
        String start = header(100_000) + "\r\n" + "{".repeat(random.nextInt(100));
        socket.getOutputStream().write(start.getBytes(StandardCharsets.US_ASCII));
        keep(socket);
        return 0;
    }

    /** A header that never ends. */
    private int slowHeader(SplittableRandom random) throws IOException {
        Socket socket = connect();
        String start = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-";
        socket.getOutputStream()
                .write(
                        (start + "a".repeat(random.nextInt(100)))
                                .getBytes(StandardCharsets.US_ASCII));
        keep(socket);
        return 0;
    }

    private void keep(Socket socket) throws IOException {
        slow.add(socket);
        if (slow.size() > 200) {
            slow.remove(0).close();
        }
    }

    /** Says that 100 MB come, and one in ten sends them, as far as the server takes them. */
    private int longBody(SplittableRandom random) throws IOException {
        String header = header(100L * MEGABYTE) + "\r\n";
        if (random.nextInt(10) > 0) {
            return raw(header + "x".repeat(100_000));
        }
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(header.getBytes(StandardCharsets.US_ASCII));
            byte[] part = "prompt ".repeat(MEGABYTE / 7).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 100; i++) {
                out.write(part);
            }
            return status(socket);
        } catch (IOException e) {
            return 0;
        }
    }

    /** One request inside another, or one that ends at two places. */
    private String smuggled(SplittableRandom random, String good) {
        String inner = header(good.length()) + "\r\n" + good;
        String head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n";
        List<String> requests =
                List.of(
                        head
                                + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                + inner,
                        head + "Content-Length: 0\r\nContent-Length: 7\r\n\r\n" + inner,
                        head + "Content-Length: 0, 7\r\n\r\n" + inner,
                        head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner,
                        head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner,
                        head + "Content-Length: +0\r\n\r\n" + inner,
                        head + "Host: evil.example\r\nContent-Length: 0\r\n\r\n" + inner,
                        head + "X: a\rContent-Length: 9\r\n\r\n" + inner,
                        head + "X: a\u0000b\r\nContent-Length: 0\r\n\r\n" + inner);
        return requests.get(random.nextInt(requests.size()));
    }

    private static String elsewhere(SplittableRandom random) {
        List<String> paths =
                List.of(
                        "/../../../../etc/passwd",
                        "/..%2f..%2f..%2fetc/passwd",
                        "/v1/models/..%2f..%2fetc%2fpasswd",
                        "/v1/models/%00",
                        "/v1/models/%0d%0aSet-Cookie:%20a=b",
                        "/v1/chat/completions",
                        "/v1/models;a=b/%2e%2e/%2e%2e/health/x",
                        "//evil.example/v1",
                        "/" + "a".repeat(4000),
                        "/%c0%ae%c0%ae/");
        return paths.get(random.nextInt(paths.size()));
    }

    /** Data URLs of what is no picture. */
    private String noPicture(SplittableRandom random) {
        byte[] noise = new byte[random.nextInt(1, 2000)];
        random.nextBytes(noise);
        byte[] jpeg = new SceneWorld(3, 128).jpeg(0);
        byte[] cut = Arrays.copyOf(jpeg, random.nextInt(4, 200));
        String svg =
                "<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>";
        List<String> pictures =
                List.of(
                        "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(noise),
                        "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(cut),
                        "data:image/svg+xml;base64,"
                                + Base64.getEncoder()
                                        .encodeToString(svg.getBytes(StandardCharsets.UTF_8)),
                        "data:image/gif;base64,R0lGODlh/////wAAACwAAAAA/////wAAAA==",
                        "data:image/bmp;base64,Qk0AAAAAAAAAADYAAAAoAAAA/////////38BABgA",
                        "data:image/jpeg;base64,",
                        "data:;base64,AAAA",
                        "data:image/jpeg," + "%ff%d8".repeat(9),
                        "data:image/jpeg;base64",
                        "javascript:alert(1)");
        return pictures.get(random.nextInt(pictures.size()));
    }

    private static String stranger(SplittableRandom random) {
        List<String> names =
                List.of(
                        "../../etc/passwd",
                        "nano\\u0000",
                        "nano\\r\\nX-Evil: 1",
                        "<script>alert(1)</script>",
                        "\\ud800",
                        "n".repeat(100_000),
                        "${jndi:ldap://127.0.0.1/a}");
        return names.get(random.nextInt(names.size()));
    }

    private int raw(String request) throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return status(socket);
        } catch (IOException e) {
            return 0; // reset, before all of it was sent
        }
    }

    private static int status(Socket socket) throws IOException {
        byte[] start = socket.getInputStream().readNBytes(12);
        return start.length < 12
                ? 0
                : Integer.parseInt(new String(start, 9, 3, StandardCharsets.US_ASCII));
    }

    private static String noise(SplittableRandom random) {
        StringBuilder text =
                new StringBuilder("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n");
        switch (random.nextInt(4)) {
            case 0 -> text.append("X-Long: ").append("y".repeat(100_000)).append("\r\n\r\n");
            case 1 -> text.append("Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n");
            case 2 -> text.append("Content-Length: -5\r\n\r\n");
            default -> {
                text.setLength(0);
                for (int i = 0; i < 200; i++) {
                    text.append((char) random.nextInt(1, 256));
                }
                text.append("\r\n\r\n");
            }
        }
        return text.toString();
    }

    /** Asks for a stream and goes away after its first bytes. */
    private int leaves(String body) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(
                            (header(body.length()) + "\r\n" + body)
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readNBytes(40);
        }
        return 0;
    }
}
