package org.minigpt4j.prepare;

import org.minigpt4j.config.Dedupe;
import org.minigpt4j.config.PrepareRunConfig;

import java.io.Serializable;

/**
 * When two pictures are one.
 *
 * @param distance for {@link Dedupe#PERCEPTUAL}, how many of the 64 bits of their hashes may differ
 */
record DedupeRule(Dedupe by, int distance) implements Serializable {

    static DedupeRule of(PrepareRunConfig prepare) {
        return new DedupeRule(prepare.dedupe(), prepare.dedupeDistance());
    }

    /** Whether the files are compared. */
    boolean looksAtBytes() {
        return by != Dedupe.URL;
    }

    /** Whether the pictures are. */
    boolean looksAtPictures() {
        return by == Dedupe.PERCEPTUAL;
    }
}
