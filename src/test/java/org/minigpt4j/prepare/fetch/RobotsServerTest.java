package org.minigpt4j.prepare.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.minigpt4j.io.web.ContentCodingTest;
import org.minigpt4j.io.web.Deadlines;
import org.minigpt4j.io.web.FetchFault;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Hosts whose robots.txt is an attack; any other path is a picture of four bytes. */
class RobotsServerTest {

    private interface Answer {
        void to(OutputStream out) throws IOException;
    }

    private ServerSocket listener;
    private Canary canary;
    private volatile Answer robotsTxt;
    private volatile boolean asked;

    @BeforeEach
    void start() throws IOException {
        canary = new Canary("127.0.0.2");
        listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Thread thread = new Thread(this::accept, "robots-server");
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
        canary.close();
    }

    @Test
    void oneThatHangsFailsThePairInTime() {
        robotsTxt =
                out -> {
                    while (true) { // until the client leaves
                        out.write(new byte[0]);
                        if (listener.isClosed()) {
                            return;
                        }
                        Thread.onSpinWait();
                    }
                };
        Fetched.Failure failure =
                assertInstanceOf(Fetched.Failure.class, get(Duration.ofMillis(300)));
        assertEquals(FetchFault.FIRST_BYTE_TIMEOUT, failure.fault());
        assertTrue(failure.detail().startsWith("robots.txt: "), failure.detail());
        assertTrue(!asked, "the picture was asked for without leave");
    }

    @Test
    void oneWithoutEndIsReadToItsLimitAndObeyed() {
        robotsTxt =
                out -> {
                    out.write(head("User-agent: *\nDisallow: /four\n"));
                    while (true) {
                        out.write("Disallow: /another/one/*/and/another\n".getBytes(ISO_8859_1));
                    }
                };
        assertEquals(FetchFault.ROBOTS, assertInstanceOf(Fetched.Failure.class, get()).fault());
    }

    @Test
    void onePackedToAThousandthIsCutAfterUnpacking() throws IOException {
        String rules = "User-agent: *\nDisallow: /four\n" + "#\n".repeat(9 << 20);
        byte[] packed = ContentCodingTest.gzip(rules.getBytes(ISO_8859_1));
        robotsTxt =
                out -> {
                    out.write(head("", "Content-Encoding: gzip", packed.length));
                    out.write(packed);
                };
        assertEquals(FetchFault.ROBOTS, assertInstanceOf(Fetched.Failure.class, get()).fault());
    }

    @Test
    void oneOfEmptyGzipMembersAllowsAsNoneWould() throws IOException {
        byte[] empty = ContentCodingTest.gzip(new byte[0]);
        robotsTxt =
                out -> {
                    out.write(head("", "Content-Encoding: gzip", 20_000 * empty.length));
                    for (int i = 0; i < 20_000; i++) {
                        out.write(empty);
                    }
                };
        Fetched fetched = get();
        assertInstanceOf(Fetched.Body.class, fetched, fetched::toString);
    }

    @Test
    void aRedirectToAPrivateAddressIsNotFollowed() {
        robotsTxt =
                out ->
                        out.write(
                                ("HTTP/1.1 301 X\r\nContent-Length: 0\r\nLocation: "
                                                + canary.address()
                                                + "robots.txt\r\n\r\n")
                                        .getBytes(ISO_8859_1));
        assertEquals(
                FetchFault.REFUSED_ADDRESS, assertInstanceOf(Fetched.Failure.class, get()).fault());
        assertEquals(0, canary.connections());
        assertTrue(!asked, "the picture was asked for without leave");
    }

    private Fetched get() {
        return get(Duration.ofSeconds(10));
    }

    private Fetched get(Duration firstByte) {
        Duration moment = Duration.ofMillis(5);
        FetchSettings settings =
                FetchSettings.defaults()
                        .with(
                                new Deadlines(
                                        Duration.ofSeconds(10), firstByte, Duration.ofSeconds(10)))
                        .with(new FetchSettings.Retries(0, moment, moment))
                        .allowing(Set.of("127.0.0.1:" + listener.getLocalPort()));
        URI address = URI.create("http://127.0.0.1:%d/four".formatted(listener.getLocalPort()));
        try (Fetcher fetcher = new Fetcher(settings)) {
            return fetcher.fetch(address).orTimeout(30, TimeUnit.SECONDS).join();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                BufferedReader in =
                        new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), ISO_8859_1));
                String request = in.readLine();
                for (String line = request; line != null && !line.isEmpty(); ) {
                    line = in.readLine();
                }
                if (request != null && request.startsWith("GET /robots.txt ")) {
                    robotsTxt.to(socket.getOutputStream());
                } else {
                    asked = true;
                    socket.getOutputStream().write(head("four"));
                }
            } catch (IOException e) {
                continue; // the client left, or the test
            }
        }
    }

    private static byte[] head(String body) {
        return head(body, "X-Length: none", -1);
    }

    private static byte[] head(String body, String header, int length) {
        String end = length < 0 ? "Connection: close" : "Content-Length: " + length;
        return "HTTP/1.1 200 OK\r\n%s\r\n%s\r\n\r\n%s"
                .formatted(header, end, body)
                .getBytes(ISO_8859_1);
    }
}
