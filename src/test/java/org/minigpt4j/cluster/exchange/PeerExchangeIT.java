package org.minigpt4j.cluster.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.TestProcess;
import org.minigpt4j.UsageException;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RankMessage;
import org.minigpt4j.cluster.protocol.View;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;

/** Connections between ranks, and peers that send garbage, stay silent or die. */
@Timeout(60)
class PeerExchangeIT {

    private static final byte[] SECRET = "the secret".getBytes();
    private static final int LARGEST = 4 << 20;
    private static final MemberId ZERO = new MemberId(0, 0);
    private static final MemberId ONE = new MemberId(1, 3);

    private final List<String> log = new CopyOnWriteArrayList<>();
    @TempDir private Path temp;
    private final List<AutoCloseable> open = new ArrayList<>();

    private PeerExchange exchange(MemberId id, byte[] secret, Duration silence) {
        var settings = new WireSettings(secret, silence, LARGEST);
        PeerExchange exchange = new PeerExchange(id, "127.0.0.1", settings, log::add);
        open.add(exchange);
        return exchange;
    }

    private PeerExchange exchange(MemberId id) {
        return exchange(id, SECRET, Duration.ofSeconds(5));
    }

    private static View view(int number, int port0, int port1) {
        return new View(
                number,
                View.Mode.RUN,
                List.of(new Member(ZERO, "127.0.0.1", port0), new Member(ONE, "127.0.0.1", port1)));
    }

    private static RankMessage<byte[]> message(MemberId from, int step, byte[] content) {
        return new RankMessage<>(RankMessage.Kind.PARTIAL, 1, step, from, content);
    }

    private static RankMessage<byte[]> next(PeerExchange exchange) throws InterruptedException {
        Optional<RankMessage<byte[]>> message = Optional.empty();
        while (message.isEmpty()) {
            message = exchange.await(1000);
        }
        return message.get();
    }

    private void awaitLog(String words) {
        while (log.stream().noneMatch(line -> line.contains(words))) {
            Thread.onSpinWait();
        }
    }

    private static void awaitBroken(PeerExchange exchange, MemberId id)
            throws InterruptedException {
        while (!exchange.unreachable().contains(id)) {
            exchange.await(20);
        }
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    @Test
    void messagesOfAnySizeArriveWholeAndInOrder() throws Exception {
        PeerExchange zero = exchange(ZERO);
        PeerExchange one = exchange(ONE);
        View view = view(1, zero.port(), one.port());
        zero.enter(view);
        one.enter(view);
        int[] sizes = {0, 1, WireFrame.PIECE, WireFrame.PIECE + 1, 3 << 20, LARGEST};
        List<byte[]> sent = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            byte[] content = new byte[sizes[i]];
            new Random(i).nextBytes(content);
            sent.add(content);
            zero.send(ONE, message(ZERO, i, content));
            one.send(ZERO, message(ONE, i, content));
        }
        for (int i = 0; i < sizes.length; i++) {
            RankMessage<byte[]> there = next(one);
            assertEquals(i, there.step());
            assertEquals(ZERO, there.from());
            assertArrayEquals(sent.get(i), there.payload());
            assertArrayEquals(sent.get(i), next(zero).payload());
        }
        assertEquals(List.of(), zero.unreachable());
    }

    @Test
    void aPeerThatDiesIsNoticedAndReachedAgainInTheNextView() throws Exception {
        PeerExchange zero = exchange(ZERO);
        PeerExchange one = exchange(ONE);
        zero.enter(view(1, zero.port(), one.port()));
        one.enter(view(1, zero.port(), one.port()));
        zero.send(ONE, message(ZERO, 1, new byte[9]));
        one.send(ZERO, message(ONE, 1, new byte[9]));
        next(zero);
        next(one);
        one.close();
        awaitBroken(zero, ONE);
        PeerExchange again = exchange(ONE);
        zero.enter(view(2, zero.port(), again.port()));
        again.enter(view(2, zero.port(), again.port()));
        assertEquals(List.of(), zero.unreachable());
        zero.send(ONE, message(ZERO, 2, new byte[7]));
        again.send(ZERO, message(ONE, 2, new byte[8]));
        assertEquals(7, next(again).payload().length);
        assertEquals(8, next(zero).payload().length);
    }

    @Test
    void nobodyListensAtTheAddressOfAMember() throws Exception {
        PeerExchange zero = exchange(ZERO);
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        zero.enter(view(1, zero.port(), closed));
        awaitBroken(zero, ONE);
        awaitLog("the connection to rank 1 (start 4) broke");
    }

    @Test
    void aPeerThatAcceptsAndSaysNothingIsBroken() throws Exception {
        PeerExchange zero = exchange(ZERO, SECRET, Duration.ofMillis(300));
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            zero.enter(view(1, zero.port(), mute.getLocalPort()));
            awaitBroken(zero, ONE);
        }
        awaitLog("nothing came in time");
    }

    @Test
    void pingsKeepAQuietConnectionAndTheirAbsenceBreaksIt() throws Exception {
        PeerExchange zero = exchange(ZERO, SECRET, Duration.ofMillis(1500));
        PeerExchange one = exchange(ONE, SECRET, Duration.ofMillis(1500));
        zero.enter(view(1, zero.port(), one.port()));
        one.enter(view(1, zero.port(), one.port()));
        long end = System.nanoTime() + Duration.ofMillis(3500).toNanos();
        while (System.nanoTime() < end) {
            zero.await(100);
        }
        assertEquals(List.of(), zero.unreachable());
        assertEquals(List.of(), one.unreachable());
        // A rank that proved who it is and then says nothing more.
        try (Socket frozen = call(zero, SECRET)) {
            awaitBroken(zero, ONE);
            assertEquals(zero.port(), frozen.getPort());
        }
        awaitLog("rank 1 (start 4) at");
    }

    @Test
    void anotherSecretIsTurnedAwayByBothSides() throws Exception {
        PeerExchange zero = exchange(ZERO);
        PeerExchange one = exchange(ONE, "another secret".getBytes(), Duration.ofSeconds(5));
        one.enter(view(1, zero.port(), one.port()));
        awaitBroken(one, ZERO);
        awaitLog("an answer that does not prove the run's secret");
        try (Socket stranger = call(zero, "guessed".getBytes())) {
            assertEquals(-1, stranger.getInputStream().read());
        }
        awaitLog("was turned away: it sent a call without the run's secret");
    }

    /** Calls as rank one, by hand. */
    private static Socket call(PeerExchange to, byte[] secret) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), to.port());
        byte[] call = Handshake.call(ONE, ZERO);
        socket.getOutputStream().write(call);
        byte[] answer = socket.getInputStream().readNBytes(Handshake.ANSWER);
        socket.getOutputStream().write(Handshake.proof(secret, call, answer));
        return socket;
    }

    @Test
    void aProofIsGoodForOneConnectionOnly() throws Exception {
        PeerExchange zero = exchange(ZERO);
        byte[] call = Handshake.call(ONE, ZERO);
        byte[] proof;
        try (Socket first = new Socket(InetAddress.getLoopbackAddress(), zero.port())) {
            first.getOutputStream().write(call);
            byte[] answer = first.getInputStream().readNBytes(Handshake.ANSWER);
            proof = Handshake.proof(SECRET, call, answer);
            first.getOutputStream().write(proof);
        }
        try (Socket second = new Socket(InetAddress.getLoopbackAddress(), zero.port())) {
            second.getOutputStream().write(call);
            second.getInputStream().readNBytes(Handshake.ANSWER);
            second.getOutputStream().write(proof);
            assertEquals(-1, second.getInputStream().read());
        }
        awaitLog("a call without the run's secret");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void garbageIsDroppedAndNamed(int seed) throws Exception {
        PeerExchange zero = exchange(ZERO);
        PeerExchange one = exchange(ONE);
        zero.enter(view(1, zero.port(), one.port()));
        byte[] frame = bytes(message(ONE, 3, new byte[100]));
        Random random = new Random(seed);
        int flip = random.nextInt(frame.length);
        frame[flip] ^= (byte) (1 << random.nextInt(8));
        try (Socket socket = call(zero, SECRET)) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes(message(ONE, 2, new byte[5])));
            assertEquals(5, next(zero).payload().length);
            out.write(frame);
            // A length that promises more than comes is made up for by what follows.
            byte[] more = new byte[WireFrame.PIECE + 64];
            out.write(more);
            assertEquals(-1, socket.getInputStream().read());
        } catch (IOException e) {
            // closed while we were writing
        }
        awaitBroken(zero, ONE);
        awaitLog("rank 1 (start 4) at /127.0.0.1");
        assertTrue(zero.await(20).isEmpty(), "nothing of it is taken");
    }

    private static byte[] bytes(RankMessage<byte[]> message) {
        var wire =
                new WireMessage(
                        WireKind.of(message.kind()),
                        message.view(),
                        message.step(),
                        message.payload());
        ByteBuf frame = WireWriter.frame(wire, 0, message.payload().length);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        return bytes;
    }

    @Test
    void randomBytesOfAStrangerDoNoHarm() throws Exception {
        PeerExchange zero = exchange(ZERO);
        for (int i = 0; i < 30; i++) {
            byte[] noise = new byte[1 + i * 37];
            new Random(i).nextBytes(noise);
            try (Socket stranger = new Socket(InetAddress.getLoopbackAddress(), zero.port())) {
                stranger.getOutputStream().write(noise);
            } catch (IOException e) {
                // turned away while it was speaking
            }
        }
        PeerExchange one = exchange(ONE);
        zero.enter(view(1, zero.port(), one.port()));
        one.enter(view(1, zero.port(), one.port()));
        one.send(ZERO, message(ONE, 1, new byte[3]));
        assertEquals(3, next(zero).payload().length);
    }

    @Test
    void aKeptStateIsFetched() throws Exception {
        PeerExchange zero = exchange(ZERO);
        byte[] state = new byte[1_000_000];
        new Random(1).nextBytes(state);
        zero.offer(step -> step == 5 ? Optional.of(state) : Optional.empty());
        PeerExchange driver = exchange(new MemberId(-1, 0));
        Member member = new Member(ZERO, "127.0.0.1", zero.port());
        assertArrayEquals(state, driver.fetch(member, 5, 10_000).get());
        assertTrue(driver.fetch(member, 6, 10_000).isEmpty());
        zero.close();
        assertTrue(driver.fetch(member, 5, 10_000).isEmpty());
    }

    /** A key of its own under a name, in a store of its own. */
    private Map<String, String> store(String name) throws Exception {
        Path store = temp.resolve(name + ".p12");
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var make =
                new ProcessBuilder(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit");
        assertEquals(0, TestProcess.start(make.redirectErrorStream(true)).waitFor());
        return Map.of(
                "spark.ssl.rpc.enabled", "true",
                "spark.ssl.rpc.keyStore", store.toString(),
                "spark.ssl.keyStorePassword", "changeit");
    }

    private PeerExchange encrypted(MemberId id, Map<String, String> spark) {
        var settings = new WireSettings(SECRET, Duration.ofSeconds(5), LARGEST, WireTls.of(spark));
        PeerExchange exchange = new PeerExchange(id, "127.0.0.1", settings, log::add);
        open.add(exchange);
        return exchange;
    }

    @Test
    void withTlsRanksOfOneStoreTalkAndOthersAreRefused() throws Exception {
        Map<String, String> ours = store("ours");
        PeerExchange zero = encrypted(ZERO, ours);
        PeerExchange one = encrypted(ONE, ours);
        View view = view(1, zero.port(), one.port());
        zero.enter(view);
        one.enter(view);
        byte[] content = new byte[3 << 20];
        new Random(7).nextBytes(content);
        zero.send(ONE, message(ZERO, 1, content));
        assertArrayEquals(content, next(one).payload());
        one.send(ZERO, message(ONE, 1, content));
        assertArrayEquals(content, next(zero).payload());

        PeerExchange plain = exchange(ONE);
        plain.enter(view(2, zero.port(), plain.port()));
        awaitBroken(plain, ZERO);
        awaitLog("was turned away: it does not speak TLS");

        PeerExchange other = encrypted(ONE, store("theirs"));
        other.enter(view(2, zero.port(), other.port()));
        awaitBroken(other, ZERO);
        awaitLog("was turned away: TLS failed");
    }

    @Test
    void tlsIsOffUnlessSparkHasItOnAndNeedsAStore() {
        assertEquals(Optional.empty(), WireTls.of(Map.of("spark.ssl.rpc.enabled", "false")));
        assertEquals(
                Optional.empty(),
                WireTls.of(Map.of("spark.ssl.enabled", "true", "spark.ssl.rpc.enabled", "false")));
        for (Map<String, String> wrong :
                List.of(
                        Map.of("spark.ssl.rpc.enabled", "true"),
                        Map.of("spark.ssl.enabled", "true", "spark.ssl.keyStore", "/no/store"))) {
            assertThrows(UsageException.class, () -> WireTls.of(wrong));
        }
    }
}
