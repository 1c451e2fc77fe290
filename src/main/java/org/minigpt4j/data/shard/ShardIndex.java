package org.minigpt4j.data.shard;

import org.minigpt4j.data.sample.Fault;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where each sample of a shard is stored, so that any sample can be read without the others. {@link
 * SampleGroups} defines what a sample is.
 *
 * @param tarLength length in bytes of the shard that was indexed
 * @param entries the samples that have a picture and a caption file, in order
 * @param faults everything else that was found
 */
public record ShardIndex(long tarLength, List<Entry> entries, List<Flaw> faults) {

    /** Assumed size of a pair in bytes, for shards that are damaged before their first pair. */
    private static final long USUAL_PAIR = 50_000;

    /**
     * One sample: its key and the places of its files. Either {@code json} or {@code text} may be
     * missing.
     */
    public record Entry(String key, Span image, Span json, Span text) {}

    /**
     * One or more samples that cannot be used.
     *
     * @param key the sample's key, or the shard's name if the shard is damaged
     * @param detail the exact finding, for the user
     * @param pairs number of pairs lost, estimated for a damaged shard; 0 for a remark without loss
     */
    public record Flaw(String key, Fault fault, String detail, long pairs) {}

    static ShardIndex scan(Path tar) throws IOException {
        return scan(new Shard.Local(tar));
    }

    static ShardIndex scan(Shard shard) throws IOException {
        try (FileChannel channel = shard.open()) {
            SampleGroups groups = new SampleGroups();
            TarScan.Result result = TarScan.of(channel, (member, content) -> groups.add(member));
            return finish(groups, result, channel.size(), shard.name(), false);
        }
    }

    /**
     * Builds an index from a scan of a tar, including the damage it found.
     *
     * @param name the tar's name with its folder
     * @param bare true to keep samples without a caption
     */
    public static ShardIndex finish(
            SampleGroups groups, TarScan.Result result, long length, String name, boolean bare) {
        ShardIndex found = groups.finish(length, result.damage().isPresent(), bare);
        List<Flaw> flaws = new ArrayList<>(found.faults());
        if (result.archives() > 1) {
            flaws.add(
                    new Flaw(
                            name,
                            Fault.BROKEN_SHARD,
                            "%d archives follow one another in it; all are read"
                                    .formatted(result.archives()),
                            0));
        }
        if (!result.ended() && result.damage().isEmpty()) {
            flaws.add(
                    new Flaw(
                            name,
                            Fault.BROKEN_SHARD,
                            "it ends at byte %d without a tar's end mark; it may be incomplete"
                                    .formatted(length),
                            0));
        }
        result.damage()
                .ifPresent(
                        damage -> {
                            long lost = lost(damage.at(), length, found.entries().size());
                            flaws.add(
                                    new Flaw(
                                            name,
                                            Fault.BROKEN_SHARD,
                                            "%s; %s lost"
                                                    .formatted(
                                                            damage.detail(),
                                                            lost == 1
                                                                    ? "a pair is"
                                                                    : "about %d pairs are"
                                                                            .formatted(lost)),
                                            lost));
                        });
        return new ShardIndex(length, found.entries(), flaws);
    }

    /**
     * Whether the index lists every sample of the tar. Reads only headers between the listed files;
     * in a tar with nothing but samples there are none.
     */
    boolean listsAll(FileChannel tar) throws IOException {
        TreeMap<Long, Long> listed = new TreeMap<>();
        Set<String> keys = new HashSet<>();
        for (Entry entry : entries) {
            keys.add(entry.key());
            for (Span span : List.of(entry.image(), entry.json(), entry.text())) {
                if (span.exists()) {
                    listed.put(span.offset() - TarScan.BLOCK, span.length());
                }
            }
        }
        faults.forEach(flaw -> keys.add(flaw.key()));
        SampleGroups between = new SampleGroups();
        long at = 0;
        for (Map.Entry<Long, Long> file : listed.entrySet()) {
            if (file.getKey() > at) {
                TarScan.of(tar, at, file.getKey(), (member, content) -> between.add(member));
            }
            long blocks = (file.getValue() + TarScan.BLOCK - 1) / TarScan.BLOCK;
            at = Math.max(at, file.getKey() + (1 + blocks) * TarScan.BLOCK);
        }
        if (at < tarLength) {
            TarScan.of(tar, at, tarLength, (member, content) -> between.add(member));
        }
        return between.finish(tarLength, true, false).entries().stream()
                .allMatch(entry -> keys.contains(entry.key()));
    }

    /** Estimated number of pairs after the damage, from the average size of those before it. */
    private static long lost(long at, long length, int pairs) {
        long usual = pairs == 0 ? USUAL_PAIR : Math.max(1, at / pairs);
        return Math.max(1, Math.round((double) (length - at) / usual));
    }
}
