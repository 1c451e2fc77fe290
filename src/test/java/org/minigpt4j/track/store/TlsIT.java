package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.SpoolReplay;
import org.minigpt4j.track.StateFolder;
import org.minigpt4j.track.TestCertificate;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A server over TLS, as the variables of the environment say. */
class TlsIT {

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir static Path certificates;

    private static TestCertificate server;
    private static TestCertificate other;
    private static TestCertificate rsaClient;
    private static TestCertificate ecClient;

    @TempDir private Path temp;

    @BeforeAll
    static void make() throws Exception {
        server = new TestCertificate(certificates, "server", "RSA");
        other = new TestCertificate(certificates, "other", "RSA");
        rsaClient = new TestCertificate(certificates, "rsa-client", "RSA");
        ecClient = new TestCertificate(certificates, "ec-client", "EC");
    }

    /** Variables of the environment, without what they all begin with. */
    private static TrackingEnvironment environment(Object... pairs) {
        Map<String, String> variables = new HashMap<>();
        variables.put("MLFLOW_TRACKING_TOKEN", StubServer.TOKEN);
        variables.put("XDG_STATE_HOME", StateFolder.path());
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put("MLFLOW_TRACKING_" + pairs[i], pairs[i + 1].toString());
        }
        return TrackingEnvironment.of(variables, "me");
    }

    private static List<RunView> ask(StubServer server, TrackingEnvironment environment)
            throws Exception {
        return new RestStore(server.uri(), environment, DEADLINE).runs();
    }

    private static String refusal(StubServer server, TrackingEnvironment environment) {
        return assertThrows(UnavailableException.class, () -> ask(server, environment))
                .getMessage();
    }

    @Test
    void aCertificateIsBelievedWhenItsFileIsNamedAndNotOtherwise() throws Exception {
        try (StubServer stub = new StubServer(server.server())) {
            assertEquals(List.of(), ask(stub, environment("SERVER_CERT_PATH", server.pem())));
            assertEquals(List.of(), ask(stub, environment("INSECURE_TLS", "true")));
            for (TrackingEnvironment stranger :
                    List.of(environment(), environment("SERVER_CERT_PATH", other.pem()))) {
                String why = refusal(stub, stranger);
                assertTrue(why.contains("MLFLOW_TRACKING_SERVER_CERT_PATH"), why);
                assertTrue(why.contains("certificat"), why);
            }
        }
    }

    @Test
    void aServerThatIsNotBelievedCostsNoRunAndGetsItLater() throws Exception {
        try (StubServer stub = new StubServer(server.server())) {
            String pair =
                    Base64.getEncoder().encodeToString("me:pass".getBytes(StandardCharsets.UTF_8));
            stub.authorization = "Basic " + pair;
            TrackerSettings settings =
                    new TrackerSettings(
                            stub.uri(),
                            "task",
                            "a run",
                            Duration.ofSeconds(5),
                            Duration.ZERO,
                            environment("SERVER_CERT_PATH", other.pem()));
            Tracker tracker = Tracker.open(temp.resolve("out"), settings, Optional.empty(), true);
            tracker.points(1, Map.of("loss", 2.5));
            tracker.end(RunStatus.FINISHED);
            tracker.close();
            assertTrue(tracker.complaint().orElseThrow().contains("launch/track sync"));
            assertEquals(0, stub.requests);

            TrackingEnvironment right =
                    environment(
                            "SERVER_CERT_PATH", server.pem(), "USERNAME", "me", "PASSWORD", "pass");
            SpoolReplay.Outcome sent =
                    new SpoolReplay(right, DEADLINE).deliverBelow(temp, false).get(0);
            assertEquals(Optional.empty(), sent.problem());
            assertEquals("FINISHED", stub.onlyRun().status());
            assertEquals(2.5, stub.onlyRun().history("loss").get(0).value());
        }
    }

    @Test
    void aServerThatAsksForACertificateIsShownOne() throws Exception {
        for (TestCertificate client : List.of(rsaClient, ecClient)) {
            try (StubServer stub = new StubServer(server.serverFor(client))) {
                Path believed = server.pem();
                String why = refusal(stub, environment("SERVER_CERT_PATH", believed));
                assertTrue(why.contains("127.0.0.1"), why);
                refusal(
                        stub,
                        environment(
                                "SERVER_CERT_PATH", believed, "CLIENT_CERT_PATH", other.withKey()));
                ask(
                        stub,
                        environment(
                                "SERVER_CERT_PATH",
                                believed,
                                "CLIENT_CERT_PATH",
                                client.withKey()));
                ask(stub, environment("INSECURE_TLS", "1", "CLIENT_CERT_PATH", client.withKey()));
                if (client == rsaClient) {
                    ask(
                            stub,
                            environment(
                                    "SERVER_CERT_PATH",
                                    believed,
                                    "CLIENT_CERT_PATH",
                                    client.withPkcs1Key()));
                }
            }
        }
    }

    @Test
    void whatIsWrongWithAFileIsSaid() throws Exception {
        assertSays("there is no file", "SERVER_CERT_PATH", temp.resolve("none.pem"));
        Path text = Files.writeString(temp.resolve("text.pem"), "no certificate");
        assertSays("no certificate in PEM", "SERVER_CERT_PATH", text);
        assertSays("no private key", "CLIENT_CERT_PATH", rsaClient.pem());
        Path encrypted =
                Files.writeString(
                        temp.resolve("encrypted.pem"),
                        Files.readString(rsaClient.pem())
                                + TestCertificate.block("ENCRYPTED PRIVATE KEY", new byte[9]));
        assertSays("is encrypted; openssl pkcs8", "CLIENT_CERT_PATH", encrypted);
    }

    private static void assertSays(String what, String variable, Path file) {
        String why =
                assertThrows(
                                UnavailableException.class,
                                () ->
                                        new RestStore(
                                                "https://127.0.0.1:1",
                                                environment(variable, file),
                                                DEADLINE))
                        .getMessage();
        assertTrue(why.contains("MLFLOW_TRACKING_" + variable) && why.contains(what), why);
    }
}
