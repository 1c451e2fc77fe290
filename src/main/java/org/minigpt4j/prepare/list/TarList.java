package org.minigpt4j.prepare.list;

import com.google.gson.JsonObject;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.minigpt4j.UsageException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.shard.PackedTar;
import org.minigpt4j.data.shard.SampleGroups;
import org.minigpt4j.data.shard.ShardIndex;
import org.minigpt4j.data.shard.Span;
import org.minigpt4j.data.shard.TarMember;
import org.minigpt4j.data.shard.TarScan;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.text.CaptionJson;
import org.minigpt4j.text.CaptionText;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * WebDataset tars, to be filtered, resized or sampled again. Each is walked once for its captions;
 * pictures are skipped and read later from where they lie. What a sample is, and which of its
 * pictures counts, is as in training. A tar that is cut short gives what is whole in it and a row
 * that tells. Packed ones are read from unpacked copies ({@link UnpackedTars}).
 */
record TarList(List<ListFile> files, Map<String, String> hadoop) implements PairList {

    /** A longer file holds no caption. */
    private static final long MAX_CAPTION = 1 << 24;

    private static final String FOLLOWING = "archives follow one another";

    /** What img2dataset's and our own shards say of a pair; it is determined again. */
    private static final Set<String> OURS =
            Set.of(
                    "url",
                    "caption",
                    "key",
                    "status",
                    "error_message",
                    "width",
                    "height",
                    "original_width",
                    "original_height",
                    "exif",
                    "sha256",
                    "phash");

    @Override
    public String description() {
        return "WebDataset tars (%s)".formatted(PairLists.amount(files));
    }

    @Override
    public List<String> notices() {
        return List.of(
                "of several pictures in one sample the first of %s counts"
                        .formatted(String.join(", ", SampleGroups.IMAGES)));
    }

    @Override
    public JavaRDD<Row> rows(JavaSparkContext context) {
        Map<String, String> options = hadoop;
        return context.parallelize(files, files.size()).flatMap(file -> rows(file, options));
    }

    private static Iterator<Row> rows(ListFile file, Map<String, String> hadoop)
            throws IOException {
        String address = file.address();
        try (RemoteFiles files = new RemoteFiles(hadoop);
                BufferedInputStream bytes = new BufferedInputStream(files.read(address), 1 << 16)) {
            bytes.mark(PackedTar.looksAt());
            PackedTar packed = PackedTar.of(bytes.readNBytes(PackedTar.looksAt()));
            bytes.reset();
            if (packed == null) {
                return rows(address, address + "#", bytes, file.length()).iterator();
            }
            if (!packed.isRead()) {
                return List.of(PairList.broken(packed.message(address))).iterator();
            }
            Path copy;
            try {
                copy = UnpackedTars.copyOf(address, packed, files);
            } catch (UsageException bomb) {
                return List.of(PairList.broken(bomb.getMessage())).iterator();
            }
            try (InputStream unpacked =
                    new BufferedInputStream(Files.newInputStream(copy), 1 << 16)) {
                return rows(
                                address,
                                UnpackedTars.place(address, packed),
                                unpacked,
                                Files.size(copy))
                        .iterator();
            }
        } catch (IOException e) {
            throw new IOException(
                    "%s cannot be read to its end: %s".formatted(address, ReadFailure.reason(e)),
                    e);
        }
    }

    /**
     * Of a tar's bytes.
     *
     * @param place of it, to which a picture's offset and length are added
     */
    private static List<Row> rows(String address, String place, InputStream bytes, long length)
            throws IOException {
        Captions captions = new Captions();
        TarScan.Result result = TarScan.of(bytes, length, captions);
        ShardIndex found = ShardIndex.finish(captions.groups, result, length, address, true);
        List<Row> rows = new ArrayList<>();
        for (ShardIndex.Entry entry : found.entries()) {
            try {
                rows.add(row(address, place, entry, captions));
            } catch (CaptionText.BrokenCaptionException e) {
                rows.add(
                        PairList.broken(
                                "%s: the caption of %s %s"
                                        .formatted(address, entry.key(), e.getMessage())));
            }
        }
        Map<String, List<ShardIndex.Flaw>> alike = new LinkedHashMap<>();
        for (ShardIndex.Flaw flaw : found.faults()) {
            boolean lost = flaw.pairs() > 0 || flaw.fault() == Fault.BROKEN_SHARD;
            if (lost && !flaw.detail().contains(FOLLOWING)) {
                String kind = flaw.fault() + flaw.detail().replace(flaw.key(), "");
                alike.computeIfAbsent(kind, one -> new ArrayList<>()).add(flaw);
            }
        }
        for (List<ShardIndex.Flaw> flaws : alike.values()) {
            ShardIndex.Flaw first = flaws.get(0);
            long pairs = flaws.stream().mapToLong(ShardIndex.Flaw::pairs).sum();
            rows.add(
                    PairList.broken(
                            first.fault() == Fault.BROKEN_SHARD
                                    ? "%s: %s".formatted(address, first.detail())
                                    : "%s: %s: %s (%d lost)"
                                            .formatted(
                                                    address, first.key(), first.detail(), pairs)));
        }
        return rows;
    }

    private static Row row(String address, String place, ShardIndex.Entry entry, Captions captions)
            throws CaptionText.BrokenCaptionException {
        JsonObject json = new JsonObject();
        if (entry.json().exists()) {
            json = CaptionJson.parse(CaptionText.decode(captions.bytes(entry.json())));
        }
        String caption = CaptionJson.text(json, "caption").orElse(null);
        if (caption != null) {
            caption = CaptionText.checked(caption);
        } else if (entry.text().exists()) {
            caption = CaptionText.plain(captions.bytes(entry.text()));
        }
        Span image = entry.image();
        return PairList.row(
                CaptionJson.text(json, "url").orElse(address + "#" + entry.key()),
                caption,
                place + image.offset() + "+" + image.length(),
                extra(json));
    }

    /** Columns of the list that the shard was made of. */
    private static String extra(JsonObject json) {
        JsonObject extra = json.deepCopy();
        OURS.forEach(extra::remove);
        return extra.isEmpty() ? null : extra.toString();
    }

    /** Keeps the caption files as they come by, for a far tar is read once. */
    private static final class Captions implements TarScan.Visitor {

        private final SampleGroups groups = new SampleGroups();
        private final Map<Long, byte[]> byOffset = new HashMap<>();

        @Override
        public void member(TarMember member, TarScan.Content content) throws IOException {
            groups.add(member);
            String name = member.name().toLowerCase(Locale.ROOT);
            boolean caption = name.endsWith(".txt") || name.endsWith(".json");
            if (caption && member.length() <= MAX_CAPTION) {
                byOffset.put(member.offset(), content.read());
            }
        }

        byte[] bytes(Span span) {
            return byOffset.getOrDefault(span.offset(), new byte[0]);
        }
    }
}
