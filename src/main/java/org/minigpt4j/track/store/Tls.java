package org.minigpt4j.track.store;

import org.minigpt4j.config.TrackingEnvironment;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS settings from the environment: the certificates to trust and the client certificate. */
final class Tls {

    private Tls() {}

    /**
     * The TLS context; empty if the JDK's default trust applies and there is no client certificate.
     */
    static Optional<SSLContext> context(TrackingEnvironment environment)
            throws UnavailableException {
        boolean plain =
                !environment.insecureTls()
                        && environment.serverCertificate().isEmpty()
                        && environment.clientCertificate().isEmpty();
        if (plain) {
            return Optional.empty();
        }
        KeyManager[] own = null;
        TrustManager[] trust = null;
        if (environment.clientCertificate().isPresent()) {
            own =
                    read(
                            "MLFLOW_TRACKING_CLIENT_CERT_PATH",
                            environment.clientCertificate().get(),
                            Tls::shown);
        }
        if (environment.insecureTls()) {
            trust = new TrustManager[] {new Everybody()};
        } else if (environment.serverCertificate().isPresent()) {
            trust =
                    read(
                            "MLFLOW_TRACKING_SERVER_CERT_PATH",
                            environment.serverCertificate().get(),
                            Tls::believed);
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own, trust, null);
            return Optional.of(context);
        } catch (GeneralSecurityException e) {
            throw new UnavailableException("TLS cannot be used: " + e.getMessage(), e);
        }
    }

    /** Converts a PEM file. */
    private interface Use<T> {
        T of(PemFile file) throws GeneralSecurityException, IOException;
    }

    private static <T> T read(String variable, Path path, Use<T> use) throws UnavailableException {
        try {
            return use.of(PemFile.read(path));
        } catch (NoSuchFileException e) {
            throw new UnavailableException(variable + ": there is no file " + path, e);
        } catch (GeneralSecurityException | IOException e) {
            throw new UnavailableException(variable + ": " + e.getMessage(), e);
        }
    }

    private static TrustManager[] believed(PemFile file)
            throws GeneralSecurityException, IOException {
        KeyStore store = emptyStore();
        for (X509Certificate certificate : file.certificates()) {
            store.setCertificateEntry("authority-" + store.size(), certificate);
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager[] shown(PemFile file) throws GeneralSecurityException, IOException {
        KeyStore store = emptyStore();
        char[] password = new char[0]; // the key store never leaves memory
        store.setKeyEntry(
                "client",
                file.key(),
                password,
                file.certificates().toArray(X509Certificate[]::new));
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    /** Trusts every certificate and host name, as MLFLOW_TRACKING_INSECURE_TLS requests. */
    private static final class Everybody extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
