package org.minigpt4j.data.feature;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What the features of a store are; stored in its {@code features.json}.
 *
 * @param madeWith everything they depend on, such as a hash of the weights
 * @param format encoding of the numbers
 * @param length numbers per sample
 */
public record FeatureKind(String madeWith, FeatureFormat format, int length)
        implements Serializable {

    private static final String FILE = "features.json";

    /** Size of a sample's features in bytes. */
    int payload() {
        return length * format.bytes();
    }

    ByteBuffer encode(float[] features) {
        if (features.length != length) {
            throw new IllegalArgumentException(features.length + " numbers, not " + length);
        }
        return format.encode(features);
    }

    float[] decode(ByteBuffer payload) {
        return format.decode(payload, length);
    }

    private JsonObject wanted() {
        JsonObject wanted = new JsonObject();
        wanted.addProperty("version", 1);
        wanted.addProperty("made_with", madeWith);
        wanted.addProperty("format", format.name());
        wanted.addProperty("length", length);
        return wanted;
    }

    /** Writes {@code features.json} if the folder has none; fails if the existing one differs. */
    void agree(Path folder) throws IOException {
        if (Files.exists(folder.resolve(FILE))) {
            require(folder);
        } else {
            AtomicFile.writeString(folder.resolve(FILE), wanted() + "\n");
        }
    }

    private void require(Path folder) throws IOException {
        String text = Files.readString(folder.resolve(FILE));
        Object found;
        try {
            found = JsonParser.parseString(text);
        } catch (RuntimeException e) {
            found = "unreadable";
        }
        if (!wanted().equals(found)) {
            throw new UsageException(
                    ("run.cache_features: the features in %s come from other weights, another"
                                    + " transform or another number format (%s; this run needs %s). Name"
                                    + " another folder, or delete this one.")
                            .formatted(folder, found, wanted()));
        }
    }

    /**
     * Checks on another host that the folder is the one that the driver opened.
     *
     * @throws FailedException if it is not
     */
    void requireShared(Path folder) throws IOException {
        try {
            require(folder);
        } catch (NoSuchFileException e) {
            throw new FailedException(
                    "run.cache_features: %s on this host is not the folder that the driver uses; name a folder on storage that all hosts share"
                            .formatted(folder),
                    e);
        }
    }
}
