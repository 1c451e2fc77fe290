package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whom to believe over TLS, as the environment says. */
final class Tls {

    private Tls() {}

    /** Empty where the JDK's own judgement holds. */
    static Optional<SSLContext> context(TrackingEnvironment environment)
            throws UnavailableException {
        TrustManager[] trust;
        try {
            if (environment.insecureTls()) {
                trust = new TrustManager[] {new Everybody()};
            } else if (environment.serverCertificate().isPresent()) {
                trust = authorities(environment.serverCertificate().get());
            } else {
                return Optional.empty();
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust, null);
            return Optional.of(context);
        } catch (GeneralSecurityException | IOException e) {
            throw new UnavailableException(
                    "MLFLOW_TRACKING_SERVER_CERT_PATH is no PEM file of certificates: "
                            + e.getMessage(),
                    e);
        }
    }

    private static TrustManager[] authorities(Path pem)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int count = 0;
        try (InputStream in = Files.newInputStream(pem)) {
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("authority-" + count++, certificate);
            }
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** Believes everybody, names of hosts included: MLFLOW_TRACKING_INSECURE_TLS asks for it. */
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
