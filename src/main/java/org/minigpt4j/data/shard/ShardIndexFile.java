package org.minigpt4j.data.shard;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.Sha256;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The index of a shard on disk: {@code NNNNN.tar.index} next to the shard, or in the cache folder
 * if that cannot be written. It is text with tab-separated fields:
 *
 * <pre>
 * minigpt4j-shard-index 2 TAR_BYTES SAMPLES FLAWS
 * KEY  IMAGE_AT IMAGE_BYTES  JSON_AT JSON_BYTES  TXT_AT TXT_BYTES      (a sample; -1 -1: no file)
 * !    KEY  FAULT  DETAIL  PAIRS                                       (a flaw)
 * </pre>
 *
 * <p>An index for a shard of another length is stale and is rebuilt. An index of version 1 with
 * flaws is rebuilt too, because it did not record how many pairs are lost; without flaws the
 * versions are equal. Keys escape {@code \t}, {@code \n}, {@code \r}, {@code \\} and a leading
 * exclamation mark.
 */
final class ShardIndexFile {

    private static final String MAGIC = "minigpt4j-shard-index";
    private static final String WITHOUT_FLAWS = "1";
    private static final String WITH_FLAWS = "2";
    private static final String[][] ESCAPES = {
        {"\\", "\\\\"}, {"\t", "\\t"}, {"\n", "\\n"}, {"\r", "\\r"}, {"!", "\\!"}
    };

    private final Shard shard;
    private final Path cache;
    private final Path cached;

    /** The index of {@code tar}, next to it or in {@code cache}. */
    ShardIndexFile(Path tar, Path cache) {
        this(new Shard.Local(tar), cache);
    }

    /** The index of {@code shard}, next to it or in {@code cache}. */
    ShardIndexFile(Shard shard, Path cache) {
        this.shard = shard;
        this.cache = cache;
        byte[] place = shard.address().getBytes(StandardCharsets.UTF_8);
        String hash = new Sha256().update(ByteBuffer.wrap(place)).hex();
        this.cached = cache.resolve("shard-index").resolve(hash + ".index");
    }

    /**
     * The shard to read samples from: the shard itself, or an unpacked copy. A shard that has an
     * index is not examined.
     */
    Shard readable() throws IOException {
        return read(this::counted).isPresent() ? shard : PackedTar.unpacked(shard, cache);
    }

    /** Number of samples and flaws of the shard; builds the index if there is none. */
    Counts counts() throws IOException {
        Optional<Counts> known = read(this::counted);
        if (known.isPresent()) {
            return known.get();
        }
        ShardIndex made = make();
        return new Counts(made.entries().size(), made.faults().size());
    }

    /** The whole index; builds it if there is none. */
    ShardIndex load() throws IOException {
        Optional<ShardIndex> known = read(this::body);
        return known.isPresent() ? known.get() : make();
    }

    private interface Reading<T> {
        Optional<T> from(Counts counts, BufferedReader rest) throws IOException;
    }

    private interface Opening {
        InputStream open() throws IOException;
    }

    /** Reads the first index that fits the shard; an unreadable index counts as missing. */
    private <T> Optional<T> read(Reading<T> reading) {
        // For a remote shard, try the local copy of the index first.
        List<Opening> places =
                shard instanceof Shard.Remote
                        ? List.of(this::openCached, shard::openIndex)
                        : List.of(shard::openIndex, this::openCached);
        for (Opening place : places) {
            try (BufferedReader in =
                    new BufferedReader(
                            new InputStreamReader(place.open(), StandardCharsets.UTF_8))) {
                Optional<Counts> counts = header(in.readLine());
                Optional<T> result =
                        counts.isPresent() ? reading.from(counts.get(), in) : Optional.empty();
                if (result.isPresent()) {
                    return result;
                }
            } catch (IOException | UncheckedIOException unreadable) {
                continue;
            }
        }
        return Optional.empty();
    }

    private InputStream openCached() throws IOException {
        return Files.newInputStream(cached);
    }

    /** The numbers in the first line of an index. */
    record Counts(int samples, int flaws) {}

    /** Scans the whole shard and writes its index. */
    ShardIndex make() throws IOException {
        ShardIndex index = ShardIndex.scan(shard);
        String text = text(index);
        try {
            shard.writeIndex(text);
        } catch (IOException | MiniGpt4Exception notThere) {
            AtomicFile.writeString(cached, text);
        }
        return index;
    }

    private Optional<Counts> header(String line) throws IOException {
        String[] fields = line == null ? new String[0] : line.split("\t", -1);
        boolean ours = fields.length == 5 && fields[0].equals(MAGIC);
        if (!ours
                || !Set.of(WITHOUT_FLAWS, WITH_FLAWS).contains(fields[1])
                || fields[1].equals(WITHOUT_FLAWS) != fields[4].equals("0")
                || !fields[2].equals(Long.toString(shard.length()))) {
            return Optional.empty();
        }
        try {
            Counts counts = new Counts(Integer.parseInt(fields[3]), Integer.parseInt(fields[4]));
            // Each sample has at least a header block, so larger counts are wrong.
            boolean possible =
                    counts.samples() >= 0
                            && counts.flaws() >= 0
                            && counts.samples() <= shard.length() / TarScan.BLOCK;
            return possible ? Optional.of(counts) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * The counts, if as many lines follow. A remote index is not checked, because that would take
     * too long.
     */
    private Optional<Counts> counted(Counts counts, BufferedReader in) {
        boolean far = shard instanceof Shard.Remote;
        return far || in.lines().count() == counts.samples() + counts.flaws()
                ? Optional.of(counts)
                : Optional.empty();
    }

    private Optional<ShardIndex> body(Counts counts, BufferedReader in) throws IOException {
        List<ShardIndex.Entry> entries = new ArrayList<>();
        List<ShardIndex.Flaw> flaws = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        try {
            for (String line; (line = in.readLine()) != null; ) {
                String[] fields = line.split("\t", -1);
                if (fields[0].equals("!")) {
                    flaws.add(
                            new ShardIndex.Flaw(
                                    unescape(fields[1]),
                                    Fault.valueOf(fields[2]),
                                    unescape(fields[3]),
                                    Long.parseLong(fields[4])));
                } else {
                    ShardIndex.Entry entry =
                            new ShardIndex.Entry(
                                    unescape(fields[0]),
                                    span(fields, 1),
                                    span(fields, 3),
                                    span(fields, 5));
                    boolean whole =
                            entry.image().exists()
                                    && (entry.json().exists() || entry.text().exists());
                    if (!whole || !keys.add(entry.key())) {
                        return Optional.empty();
                    }
                    entries.add(entry);
                }
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException damaged) {
            return Optional.empty();
        }
        boolean all = entries.size() == counts.samples() && flaws.size() == counts.flaws();
        return all ? Optional.of(new ShardIndex(shard.length(), entries, flaws)) : Optional.empty();
    }

    /** A member's place, if it is possible: after a header, and within the shard. */
    private Span span(String[] fields, int at) throws IOException {
        Span span = new Span(Long.parseLong(fields[at]), Long.parseLong(fields[at + 1]));
        boolean inside =
                span.offset() >= TarScan.BLOCK
                        && span.offset() % TarScan.BLOCK == 0
                        && span.length() >= 0
                        && span.length() <= shard.length() - span.offset();
        if (!inside && !span.equals(Span.NONE)) {
            throw new IllegalArgumentException("not a place in a tar");
        }
        return span;
    }

    static String text(ShardIndex index) {
        StringBuilder text = new StringBuilder();
        line(
                text,
                MAGIC,
                index.faults().isEmpty() ? WITHOUT_FLAWS : WITH_FLAWS,
                index.tarLength(),
                index.entries().size(),
                index.faults().size());
        for (ShardIndex.Entry entry : index.entries()) {
            Span image = entry.image();
            Span json = entry.json();
            Span caption = entry.text();
            line(
                    text,
                    escape(entry.key()),
                    image.offset(),
                    image.length(),
                    json.offset(),
                    json.length(),
                    caption.offset(),
                    caption.length());
        }
        for (ShardIndex.Flaw flaw : index.faults()) {
            line(text, "!", escape(flaw.key()), flaw.fault(), escape(flaw.detail()), flaw.pairs());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, Object... fields) {
        for (int i = 0; i < fields.length; i++) {
            text.append(i == 0 ? "" : "\t").append(fields[i]);
        }
        text.append('\n');
    }

    private static String escape(String text) {
        String escaped = text;
        for (String[] pair : ESCAPES) {
            escaped = escaped.replace(pair[0], pair[1]);
        }
        return escaped;
    }

    private static String unescape(String text) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                c = text.charAt(++i);
                c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
            }
            plain.append(c);
        }
        return plain.toString();
    }
}
