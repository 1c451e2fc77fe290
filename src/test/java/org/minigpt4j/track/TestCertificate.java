package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;

import org.minigpt4j.TestProcess;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate for 127.0.0.1 with its key, made by the JDK's keytool. */
public final class TestCertificate {

    private static final String PASSWORD = "changeit";
    private static final int PKCS8_HEADER = 26; // of an RSA key of 2048 bits

    private final Path folder;
    private final String name;
    private final KeyStore store;

    /** Makes one; {@code algorithm} is RSA or EC. */
    public TestCertificate(Path folder, String name, String algorithm) throws Exception {
        this.folder = folder;
        this.name = name;
        Path file = folder.resolve(name + ".p12");
        Process keytool =
                TestProcess.start(
                        new ProcessBuilder(
                                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                                .toString(),
                                        "-genkeypair",
                                        "-alias",
                                        name,
                                        "-keyalg",
                                        algorithm,
                                        "-keysize",
                                        algorithm.equals("RSA") ? "2048" : "256",
                                        "-dname",
                                        "CN=" + name,
                                        "-ext",
                                        "san=ip:127.0.0.1",
                                        "-keystore",
                                        file.toString(),
                                        "-storepass",
                                        PASSWORD)
                                .redirectErrorStream(true));
        String said = new String(keytool.getInputStream().readAllBytes());
        assertEquals(0, keytool.waitFor(), said);
        store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    }

    /** The certificate as a PEM file. */
    public Path pem() throws Exception {
        return write("pem", certificate());
    }

    /** The certificate and its key, as PKCS#8. */
    public Path withKey() throws Exception {
        return write("key.pem", certificate() + block("PRIVATE KEY", key().getEncoded()));
    }

    /** The key as PKCS#1, and the certificate behind it. */
    public Path withPkcs1Key() throws Exception {
        byte[] encoded = key().getEncoded();
        byte[] pkcs1 = Arrays.copyOfRange(encoded, PKCS8_HEADER, encoded.length);
        return write("pkcs1.pem", block("RSA PRIVATE KEY", pkcs1) + certificate());
    }

    private PrivateKey key() throws Exception {
        return (PrivateKey) store.getKey(name, PASSWORD.toCharArray());
    }

    private String certificate() throws Exception {
        return block("CERTIFICATE", store.getCertificate(name).getEncoded());
    }

    public static String block(String label, byte[] content) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
    }

    private Path write(String ending, String text) throws Exception {
        return Files.writeString(folder.resolve(name + "." + ending), text);
    }

    /** A server that shows this certificate. */
    public HttpsConfigurator server() throws Exception {
        return new HttpsConfigurator(context(null));
    }

    /** A server that shows this certificate and lets in who shows {@code client}. */
    public HttpsConfigurator serverFor(TestCertificate client) throws Exception {
        return new HttpsConfigurator(context(client)) {
            @Override
            public void configure(HttpsParameters connection) {
                SSLParameters parameters = getSSLContext().getDefaultSSLParameters();
                parameters.setNeedClientAuth(true);
                connection.setSSLParameters(parameters);
            }
        };
    }

    private SSLContext context(TestCertificate client) throws Exception {
        KeyManagerFactory own =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        if (client == null) {
            context.init(own.getKeyManagers(), null, null);
            return context;
        }
        KeyStore believed = KeyStore.getInstance(KeyStore.getDefaultType());
        believed.load(null, null);
        believed.setCertificateEntry("client", client.store.getCertificate(client.name));
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(believed);
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
