package org.minigpt4j.io;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes the SHA-256 of bytes that arrive in pieces. */
public final class Sha256 {
    private final MessageDigest digest;

    /** Starts a hash of no bytes. */
    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    /** Adds the remaining bytes of {@code bytes} without moving its position. */
    public Sha256 update(ByteBuffer bytes) {
        digest.update(bytes.duplicate());
        return this;
    }

    /** Returns the hash as 64 lower-case hexadecimal digits and starts over. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
