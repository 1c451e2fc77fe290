package org.minigpt4j.prepare.dedupe;

import org.minigpt4j.prepare.shard.PairRow;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The pictures that finished shards hold, sent to all tasks: the first eight bytes of each one's
 * SHA-256 and, if looks count, its perceptual hash. Among five million pictures the chance that two
 * different ones share eight bytes of SHA-256 is about one in a million.
 */
public final class KnownPictures implements Serializable {

    private static final long serialVersionUID = 1L;

    private final DedupeRule rule;
    private final long[] files;
    private final long[] looks;
    private transient NearHashes near;

    private KnownPictures(DedupeRule rule, long[] files, long[] looks) {
        this.rule = rule;
        this.files = files;
        this.looks = looks;
    }

    /** No picture is known. */
    static KnownPictures none(DedupeRule rule) {
        return new KnownPictures(rule, new long[0], new long[0]);
    }

    /** Those of several parts together. */
    static KnownPictures of(DedupeRule rule, List<KnownPictures> parts) {
        long[] files = parts.stream().flatMapToLong(part -> Arrays.stream(part.files)).toArray();
        long[] looks = parts.stream().flatMapToLong(part -> Arrays.stream(part.looks)).toArray();
        Arrays.sort(files);
        return new KnownPictures(rule, files, looks);
    }

    /** Those of a table; it can be asked nothing before it is put together with others. */
    static KnownPictures of(DedupeRule rule, Iterable<PairRow> rows) {
        List<PairRow> kept = new ArrayList<>();
        rows.forEach(row -> kept.addAll(row.isSuccess() ? List.of(row) : List.of()));
        return new KnownPictures(
                rule,
                kept.stream().mapToLong(KnownPictures::file).toArray(),
                rule.looksAtPictures()
                        ? kept.stream().mapToLong(PairRow::perceptualHash).toArray()
                        : new long[0]);
    }

    private static long file(PairRow row) {
        return Long.parseUnsignedLong(row.sha256(), 0, 16, 16);
    }

    /** Whether a picture is one of them. */
    public boolean contains(PairRow row) {
        return rule.looksAtBytes() && Arrays.binarySearch(files, file(row)) >= 0
                || rule.looksAtPictures() && near().contains(row.perceptualHash());
    }

    /** Made where it is asked for, once for all tasks there. */
    private synchronized NearHashes near() {
        if (near == null) {
            NearHashes made = new NearHashes(rule.distance(), looks.length);
            for (long hash : looks) {
                made.add(hash);
            }
            near = made;
        }
        return near;
    }

    /** The pictures of a shard that is being made. */
    public static final class Growing {

        private final DedupeRule rule;
        private final Set<Long> files = new HashSet<>();
        private final NearHashes looks;

        public Growing(DedupeRule rule) {
            this.rule = rule;
            this.looks = rule.looksAtPictures() ? new NearHashes(rule.distance(), 1024) : null;
        }

        /** Adds a picture, unless it is one of them. */
        public boolean add(PairRow row) {
            if (!rule.looksAtBytes()) {
                return true;
            }
            if (!files.add(file(row))) {
                return false;
            }
            if (looks != null) {
                if (looks.contains(row.perceptualHash())) {
                    return false;
                }
                looks.add(row.perceptualHash());
            }
            return true;
        }
    }
}
