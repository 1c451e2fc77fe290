package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.PrivateFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Distinguishes runs that this user started from folders that others placed next to them. Unsent
 * records name the address to send to and the files to send, so they must be trusted. Therefore
 * {@code run.json} carries an HMAC of the run's key and address. Its secret is in {@code
 * minigpt4j/tracking-key} in the user's state folder; without that secret no valid seal can be
 * created.
 */
final class RunSeal {

    private static final Logger LOG = LoggerFactory.getLogger(RunSeal.class);
    private static final String SECRET = "minigpt4j/tracking-key";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 32;

    private RunSeal() {}

    /** The run with this user's seal; without a seal if there is no place for the secret. */
    static RunFile seal(RunFile run, TrackingEnvironment environment) {
        Optional<Path> file = environment.state().map(state -> state.resolve(SECRET));
        if (file.isEmpty()) {
            return run;
        }
        try {
            if (!Files.exists(file.get())) {
                make(file.get());
            }
            return run.withSeal(code(run, file.get()));
        } catch (IOException e) {
            LOG.debug("no seal for {}: {}", run.key(), e.toString());
            return run;
        }
    }

    /**
     * Whether this user started the run of a folder: the seal is valid, and the folder has the same
     * owner as the secret.
     */
    static boolean isOurs(Path folder, RunFile run, TrackingEnvironment environment) {
        Optional<Path> file = environment.state().map(state -> state.resolve(SECRET));
        if (run.seal() == null || file.isEmpty() || !Files.isRegularFile(file.get())) {
            return false;
        }
        try {
            byte[] expected = code(run, file.get()).getBytes(StandardCharsets.UTF_8);
            return MessageDigest.isEqual(expected, run.seal().getBytes(StandardCharsets.UTF_8))
                    && Files.getOwner(folder).equals(Files.getOwner(file.get()));
        } catch (IOException e) {
            return false;
        }
    }

    private static String code(RunFile run, Path secret) throws IOException {
        String key = Files.readString(secret).strip();
        if (key.length() != 2 * BYTES) {
            throw new IOException(secret + " is damaged; remove it");
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(HexFormat.of().parseHex(key), ALGORITHM));
            byte[] told = (run.key() + "\n" + run.uri()).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(mac.doFinal(told));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(secret + " cannot be used: " + e.getMessage(), e);
        }
    }

    /**
     * Creates the secret atomically. If another process creates it at the same time, that one is
     * kept.
     */
    private static void make(Path file) throws IOException {
        byte[] secret = new byte[BYTES];
        new SecureRandom().nextBytes(secret);
        PrivateFiles.folder(file.getParent());
        Path temporary = Files.createTempFile(file.getParent(), ".tracking-key", ".tmp");
        try {
            Files.writeString(temporary, HexFormat.of().formatHex(secret) + "\n");
            Files.createLink(file, temporary);
        } catch (FileAlreadyExistsException | UnsupportedOperationException e) {
            LOG.debug(
                    "{}: {}",
                    file,
                    e.toString()); // another process created it, or links are not supported
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
