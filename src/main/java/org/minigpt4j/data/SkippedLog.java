package org.minigpt4j.data;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.minigpt4j.FailedException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.WholeLines;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Counts skipped samples, lists them in {@code skipped.jsonl}, and stops the run if there are too
 * many.
 *
 * <p>Each skip is a line with the position of its micro-batch. A resumed run keeps the lines before
 * its position, so its counts and the decision to stop equal those of an uninterrupted run. Flaws
 * found while shards were indexed have no position; they are compared with the size of the data
 * sets.
 */
final class SkippedLog implements AutoCloseable {

    /**
     * Minimum number of samples that the fraction is computed from, so that early skips do not stop
     * a run.
     */
    static final long LEAST_SEEN = 10_000;

    private final double maxBadFraction;
    private final Optional<Path> file;
    private final BufferedWriter out;
    private final Map<Fault, Long> indexed = new EnumMap<>(Fault.class);
    private final Map<Fault, Long> loaded = new EnumMap<>(Fault.class);
    private String example = "";
    private Skip last;

    /** Continues the settings' file at {@code position}. Without a file, skips are only counted. */
    SkippedLog(BatchSettings.Skips settings, long position) {
        this.maxBadFraction = settings.maxBadFraction();
        this.file = settings.file();
        this.out = file.map(path -> open(path, position)).orElse(null);
    }

    private BufferedWriter open(Path path, long position) {
        try {
            StringBuilder kept = new StringBuilder();
            for (String line : WholeLines.read(path)) {
                if (keeps(line, position)) {
                    kept.append(line).append('\n');
                }
            }
            AtomicFile.writeString(path, kept.toString());
            return Files.newBufferedWriter(path, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(path, e);
        }
    }

    /**
     * Counts a line of the previous run and keeps it if it precedes {@code position}. Only the last
     * line can be incomplete after a crash, and its position is later.
     */
    private boolean keeps(String line, long position) {
        try {
            JsonObject skip = JsonParser.parseString(line).getAsJsonObject();
            boolean before = skip.has("position") && skip.get("position").getAsLong() < position;
            if (before) {
                loaded.merge(Fault.valueOf(skip.get("fault").getAsString()), 1L, Long::sum);
            }
            return before;
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Records the flaws found by indexing data sets with {@code samples} usable samples. */
    void indexed(List<Skip> flaws, long samples) {
        flaws.forEach(flaw -> add(indexed, flaw, null));
        flush();
        long lost = flaws.stream().mapToLong(Skip::pairs).sum();
        flaws.stream()
                .max(Comparator.comparingLong(Skip::pairs))
                .ifPresent(worst -> example = "; for one, %s".formatted(worst.detail()));
        stopIfTooMany(indexed, lost + samples);
    }

    /** Records the samples skipped for the micro-batch at {@code position}. */
    void loaded(List<Skip> skips, long position) {
        skips.forEach(skip -> add(loaded, skip, position));
        if (!skips.isEmpty()) {
            last = skips.get(skips.size() - 1);
            example = "; the last, %s: %s".formatted(ForeignText.line(last.key()), last.detail());
            flush();
        }
    }

    /** The last sample that was skipped while reading; empty if there was none. */
    Optional<Skip> last() {
        return Optional.ofNullable(last);
    }

    /** Throws if too many samples were skipped compared with the {@code examples} used. */
    void judge(long examples) {
        stopIfTooMany(loaded, examples + total(loaded));
    }

    private void add(Map<Fault, Long> counts, Skip skip, Long position) {
        if (skip.pairs() > 0) {
            counts.merge(skip.fault(), skip.pairs(), Long::sum);
        }
        if (out == null) {
            return;
        }
        JsonObject line = new JsonObject();
        if (position != null) {
            line.addProperty("position", position);
        }
        line.addProperty("dataset", skip.dataset());
        line.addProperty("key", skip.key());
        line.addProperty("fault", skip.fault().name());
        line.addProperty("detail", skip.detail());
        if (skip.pairs() != 1) {
            line.addProperty("pairs", skip.pairs());
        }
        try {
            out.write(line + "\n");
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(file.orElseThrow(), e);
        }
    }

    private void flush() {
        if (out == null) {
            return;
        }
        try {
            out.flush();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(file.orElseThrow(), e);
        }
    }

    private void stopIfTooMany(Map<Fault, Long> counts, long seen) {
        long bad = total(counts);
        if (bad > maxBadFraction * Math.max(seen, LEAST_SEEN)) {
            String causes =
                    counts.entrySet().stream()
                            .map(entry -> entry.getKey() + " " + entry.getValue())
                            .collect(Collectors.joining(", "));
            throw new FailedException(
                    ("%d of %d samples cannot be used (%s%s), more than"
                                    + " run.max_bad_fraction %s allows of %d. %s, or raise"
                                    + " run.max_bad_fraction.")
                            .formatted(
                                    bad,
                                    seen,
                                    causes,
                                    example,
                                    maxBadFraction,
                                    Math.max(seen, LEAST_SEEN),
                                    file.map(path -> "Repair or remove those listed in " + path)
                                            .orElse("Repair or remove them")));
        }
    }

    private static long total(Map<Fault, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** All skips so far by cause, including those found by indexing. */
    Map<Fault, Long> counts() {
        Map<Fault, Long> all = new EnumMap<>(indexed);
        loaded.forEach((fault, count) -> all.merge(fault, count, Long::sum));
        return all;
    }

    @Override
    public void close() {
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
