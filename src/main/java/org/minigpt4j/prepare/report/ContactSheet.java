package org.minigpt4j.prepare.report;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.xxhash64;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.XXH64;
import org.apache.spark.unsafe.types.UTF8String;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pairs to look at, drawn by a seed. At most {@link #SHARDS} shards are drawn first and the pairs
 * from them, so that a folder of any size is read in about the same time. The same folder and seed
 * give the same pairs, however Spark cuts the work.
 */
final class ContactSheet {

    /** The longer side of a small picture, pixels: shown at half of it, sharp on any screen. */
    static final int SIDE = 224;

    static final int SHARDS = 20;

    /** What {@code xxhash64} of Spark begins with. */
    private static final long SEED_OF_HASHES = 42;

    private static final int MAX_CAPTION = 600;
    private static final int MAX_PICTURE = 64 << 20;
    private static final Pattern MEMBER = Pattern.compile("(.+)\\.(jpg|jpeg|png|webp)");

    private final OutputFolder folder;
    private final long seed;

    ContactSheet(OutputFolder folder, long seed) {
        this.folder = folder;
        this.seed = seed;
    }

    /** The shards to draw from. */
    List<OutputFolder.Shard> choose(List<OutputFolder.Shard> shards) {
        List<OutputFolder.Shard> filled = new ArrayList<>(shards);
        filled.removeIf(shard -> shard.stats().successes() == 0);
        Collections.shuffle(filled, new Random(seed));
        return filled.subList(0, Math.min(SHARDS, filled.size()));
    }

    /**
     * Draws pairs among the rows of the chosen shards and reads their pictures.
     *
     * @param rows with img2dataset's columns and the table's address in {@code table}
     * @param problems gets a sentence for each picture that should be there and is not
     */
    List<Sample> draw(Dataset<Row> rows, int wanted, List<String> problems) {
        return samples(
                rows.filter(col("status").equalTo("success"))
                        // Keys of two lists are alike, so the address counts too.
                        .orderBy(xxhash64(col("key"), col("url"), lit(seed)), col("table"))
                        .limit(wanted)
                        .collectAsList(),
                problems);
    }

    /** Draws the same pairs among rows that are in the driver. */
    List<Sample> draw(List<Row> rows, int wanted, List<String> problems) {
        return samples(
                rows.stream()
                        .filter(row -> "success".equals(row.getAs("status")))
                        .sorted(
                                Comparator.comparingLong(this::drawn)
                                        .thenComparing(row -> row.<String>getAs("table")))
                        .limit(wanted)
                        .toList(),
                problems);
    }

    /** Spark's xxhash64 of key, address and seed. */
    private long drawn(Row row) {
        long hash = SEED_OF_HASHES;
        for (String column : List.of("key", "url")) {
            String text = row.getAs(column);
            hash = text == null ? hash : XXH64.hashUTF8String(UTF8String.fromString(text), hash);
        }
        return XXH64.hashLong(seed, hash);
    }

    private List<Sample> samples(List<Row> drawn, List<String> problems) {
        Map<String, Map<String, Row>> byShard = new LinkedHashMap<>();
        for (Row row : drawn) {
            String shard = folder.shardOf(row.getAs("table"));
            byShard.computeIfAbsent(shard, s -> new HashMap<>()).put(row.getAs("key"), row);
        }
        Map<Row, Sample> samples = new HashMap<>();
        for (var shard : byShard.entrySet()) {
            Map<String, Row> keys = shard.getValue();
            Map<String, byte[]> pictures = read(shard.getKey(), keys.keySet(), problems);
            pictures.forEach(
                    (key, picture) -> {
                        Row row = keys.get(key);
                        sample(row, shard.getKey(), picture, problems)
                                .ifPresent(sample -> samples.put(row, sample));
                    });
        }
        return drawn.stream().map(samples::get).filter(Objects::nonNull).toList();
    }

    /** The picture files of some keys of a shard; those that are there. */
    private Map<String, byte[]> read(String shard, Set<String> keys, List<String> problems) {
        String tar = shard + ".tar";
        Map<String, byte[]> pictures = new HashMap<>();
        try (InputStream in = new BufferedInputStream(folder.open(tar), 1 << 16);
                TarArchiveInputStream members = new TarArchiveInputStream(in)) {
            TarArchiveEntry member;
            while (pictures.size() < keys.size() && (member = members.getNextEntry()) != null) {
                Matcher name = MEMBER.matcher(member.getName());
                boolean wanted = name.matches() && keys.contains(name.group(1));
                if (wanted && member.getSize() <= MAX_PICTURE) {
                    pictures.putIfAbsent(name.group(1), members.readAllBytes());
                }
            }
        } catch (IOException e) {
            problems.add(tar + " cannot be read to its end: " + e.getMessage() + ".");
            return pictures;
        }
        if (pictures.size() < keys.size()) {
            problems.add(
                    "%s lacks the picture of %d of the %d pairs drawn from it."
                            .formatted(tar, keys.size() - pictures.size(), keys.size()));
        }
        return pictures;
    }

    private static Optional<Sample> sample(
            Row row, String shard, byte[] picture, List<String> problems) {
        String key = row.getAs("key");
        try {
            String caption = row.getAs("caption");
            return Optional.of(
                    new Sample(
                            key,
                            shard,
                            text(row.getAs("url")),
                            cut(text(caption)),
                            number(row, "width"),
                            number(row, "height"),
                            number(row, "original_width"),
                            number(row, "original_height"),
                            Thumbnail.of(picture, SIDE)));
        } catch (IOException e) {
            problems.add("The picture of " + key + " cannot be decoded: " + e.getMessage() + ".");
            return Optional.empty();
        }
    }

    private static String text(String value) {
        return value == null ? "" : value;
    }

    private static String cut(String caption) {
        if (caption.length() <= MAX_CAPTION) {
            return caption;
        }
        int end = Character.isHighSurrogate(caption.charAt(MAX_CAPTION - 1)) ? 1 : 0;
        return caption.substring(0, MAX_CAPTION - end) + " …";
    }

    private static int number(Row row, String name) {
        int at = row.fieldIndex(name);
        return row.isNullAt(at) ? 0 : ((Number) row.get(at)).intValue();
    }
}
