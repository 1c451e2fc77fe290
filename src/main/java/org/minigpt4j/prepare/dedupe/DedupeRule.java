package org.minigpt4j.prepare.dedupe;

import org.minigpt4j.config.Dedupe;
import org.minigpt4j.config.PrepareRunConfig;

import java.io.Serializable;

/**
 * When two pictures are one.
 *
 * @param distance for {@link Dedupe#PERCEPTUAL}, how many of the 64 bits of their hashes may differ
 */
public record DedupeRule(Dedupe by, int distance) implements Serializable {

    public static DedupeRule of(PrepareRunConfig prepare) {
        return new DedupeRule(prepare.dedupe(), prepare.dedupeDistance());
    }

    /** Whether the files are compared. */
    boolean looksAtBytes() {
        return by != Dedupe.URL;
    }

    /** Whether the pictures are. */
    public boolean looksAtPictures() {
        return by == Dedupe.PERCEPTUAL;
    }
}
