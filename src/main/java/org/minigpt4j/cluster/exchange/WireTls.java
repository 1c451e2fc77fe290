package org.minigpt4j.cluster.exchange;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS between ranks, configured by the settings that Spark uses for its own messages: {@code
 * spark.ssl.rpc.*}, with {@code spark.ssl.*} as the fallback for each. Both sides present the
 * certificate in the key store and trust the certificates in the trust store. Without a trust store
 * they trust the certificates in the key store.
 */
public final class WireTls {

    private static final String RPC = "spark.ssl.rpc.";
    private static final String ALL = "spark.ssl.";

    private final SslContext server;
    private final SslContext client;

    private WireTls(SslContext server, SslContext client) {
        this.server = server;
        this.client = client;
    }

    /**
     * Reads Spark's settings.
     *
     * @return empty if TLS is off
     * @throws UsageException if TLS is on and the stores cannot be read
     */
    public static Optional<WireTls> of(Map<String, String> settings) {
        String on = settings.getOrDefault(RPC + "enabled", settings.get(ALL + "enabled"));
        if (!Boolean.parseBoolean(on)) {
            return Optional.empty();
        }
        String path = setting(settings, "keyStore");
        if (path == null) {
            throw new UsageException(
                    "spark.ssl.rpc.enabled is on, but spark.ssl.rpc.keyStore is not set, which"
                            + " ranks need; spark.ssl.rpc.privateKey alone is not enough");
        }
        try {
            char[] password = chars(setting(settings, "keyStorePassword"));
            KeyStore keys = store(path, password, setting(settings, "keyStoreType"));
            KeyManagerFactory own =
                    KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            String keyPassword = setting(settings, "keyPassword");
            own.init(keys, keyPassword == null ? password : keyPassword.toCharArray());
            String trusted = setting(settings, "trustStore");
            TrustManagerFactory others =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            others.init(
                    trusted == null
                            ? certificates(keys)
                            : store(
                                    trusted,
                                    chars(setting(settings, "trustStorePassword")),
                                    setting(settings, "trustStoreType")));
            return Optional.of(
                    new WireTls(
                            context(
                                    SslContextBuilder.forServer(own)
                                            .trustManager(others)
                                            .clientAuth(io.netty.handler.ssl.ClientAuth.REQUIRE),
                                    settings),
                            context(
                                    SslContextBuilder.forClient()
                                            .keyManager(own)
                                            .trustManager(others)
                                            .endpointIdentificationAlgorithm(null),
                                    settings)));
        } catch (IOException | GeneralSecurityException e) {
            throw new UsageException(
                    "TLS between ranks, which spark.ssl.rpc.enabled turns on: %s: %s"
                            .formatted(path, e.getMessage()),
                    e);
        }
    }

    private static String setting(Map<String, String> settings, String name) {
        return settings.getOrDefault(RPC + name, settings.get(ALL + name));
    }

    private static char[] chars(String password) {
        return password == null ? null : password.toCharArray();
    }

    private static KeyStore store(String path, char[] password, String type)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(type == null ? KeyStore.getDefaultType() : type);
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            store.load(in, password);
        }
        return store;
    }

    /**
     * Copies the certificates of key entries into certificate entries; Java trusts only the latter.
     */
    private static KeyStore certificates(KeyStore keys)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (String alias : java.util.Collections.list(keys.aliases())) {
            trusted.setCertificateEntry(alias, keys.getCertificate(alias));
        }
        return trusted;
    }

    private static SslContext context(SslContextBuilder builder, Map<String, String> settings)
            throws IOException {
        builder.sslProvider(SslProvider.JDK);
        String protocol = setting(settings, "protocol");
        if (protocol != null && protocol.matches("TLSv1\\.[23]")) {
            builder.protocols(protocol);
        }
        String algorithms = setting(settings, "enabledAlgorithms");
        if (algorithms != null && !algorithms.isBlank()) {
            builder.ciphers(List.of(algorithms.split("[, ]+")));
        }
        return builder.build();
    }

    ChannelHandler handler(boolean called, ByteBufAllocator buffers) {
        return (called ? server : client).newHandler(buffers);
    }
}
