package org.minigpt4j.track.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and an unencrypted private key in PEM (RFC 7468). Keys must be in PKCS#8; RSA keys
 * may also be in PKCS#1.
 */
final class PemFile {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    /** The start of a PKCS#8 key: version 0 and the algorithm RSA (RFC 8017, appendix A.1). */
    private static final byte[] RSA =
            HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;

    private final Path path;
    private final List<X509Certificate> certificates = new ArrayList<>();
    private byte[] key;

    private PemFile(Path path) {
        this.path = path;
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it has no certificate, or a key in another format
     */
    static PemFile read(Path path) throws IOException, GeneralSecurityException {
        PemFile file = new PemFile(path);
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Matcher block = BLOCK.matcher(Files.readString(path, StandardCharsets.ISO_8859_1));
        while (block.find()) {
            file.add(block.group(1), block.group(2), factory);
        }
        if (file.certificates.isEmpty()) {
            throw new IOException(path + " has no certificate in PEM");
        }
        return file;
    }

    private void add(String label, String text, CertificateFactory factory)
            throws IOException, GeneralSecurityException {
        switch (label) {
            case "CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE" ->
                    certificates.add(
                            (X509Certificate)
                                    factory.generateCertificate(
                                            new ByteArrayInputStream(decoded(text))));
            case "PRIVATE KEY" -> key = decoded(text);
            case "RSA PRIVATE KEY" -> {
                if (text.contains("ENCRYPTED")) {
                    throw unusable("is encrypted");
                }
                key = fromPkcs1(decoded(text));
            }
            case "ENCRYPTED PRIVATE KEY" -> throw unusable("is encrypted");
            case "EC PRIVATE KEY" -> throw unusable("is not in PKCS#8");
            default -> {} // such as curve parameters and revocation lists
        }
    }

    private IOException unusable(String why) {
        return new IOException(
                "the key in "
                        + path
                        + " "
                        + why
                        + "; openssl pkcs8 -topk8 -nodes -in FILE writes one that can be used");
    }

    private byte[] decoded(String text) throws IOException {
        try {
            return Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IOException(path + " is damaged: " + e.getMessage(), e);
        }
    }

    private static byte[] fromPkcs1(byte[] pkcs1) {
        var inner = new ByteArrayOutputStream();
        inner.writeBytes(RSA);
        inner.writeBytes(tagged(OCTET_STRING, pkcs1));
        return tagged(SEQUENCE, inner.toByteArray());
    }

    /** A value of ASN.1 in DER: tag, length in the shortest form, content. */
    private static byte[] tagged(int tag, byte[] content) {
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(content.length) + 7) / 8;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(content.length >>> (8 * i));
            }
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    /** The certificates, at least one. In a chain, the client's own certificate comes first. */
    List<X509Certificate> certificates() {
        return certificates;
    }

    /**
     * The private key, which belongs to the first certificate.
     *
     * @throws IOException if there is none
     */
    PrivateKey key() throws IOException, GeneralSecurityException {
        if (key == null) {
            throw new IOException(path + " has a certificate but no private key");
        }
        return KeyFactory.getInstance(certificates.get(0).getPublicKey().getAlgorithm())
                .generatePrivate(new PKCS8EncodedKeySpec(key));
    }
}
