package org.minigpt4j.io;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of bytes that come in pieces. */
public final class Sha256 {
    private final MessageDigest digest;

    /** Begins a hash over nothing. */
    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Takes in the remaining bytes of {@code bytes}, whose position is left as it is. */
    public Sha256 update(ByteBuffer bytes) {
        digest.update(bytes.duplicate());
        return this;
    }

    /** The hash as 64 lower-case hexadecimal digits; this object then starts over. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
