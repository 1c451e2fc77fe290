package org.minigpt4j.data.shard;

import org.minigpt4j.FailedException;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.text.CaptionJson;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Samples in WebDataset shards. Only counts are read at first; a shard's index is loaded when the
 * first of its samples is wanted, and the most recent ones are kept.
 */
public final class TarSource implements SampleSource {

    private static final int INDEXES_KEPT = 128;

    private final String dataset;
    private final List<Shard> shards;
    private final Path cache;
    private final int[] sizes;
    private final long[] starts;
    private final List<Skip> flaws = new ArrayList<>();

    private final Map<Integer, ShardIndex> indexes =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Integer, ShardIndex> eldest) {
                    return size() > INDEXES_KEPT;
                }
            };

    private TarSource(String dataset, List<Shard> shards, Path cache) {
        this.dataset = dataset;
        this.shards = List.copyOf(shards);
        this.cache = cache;
        ShardIndexFile.Counts[] counts = new ShardIndexFile.Counts[shards.size()];
        // Foreign shards are indexed here, which takes a while: use the cores.
        Arrays.parallelSetAll(counts, i -> counts(shards.get(i)));
        this.sizes = Arrays.stream(counts).mapToInt(ShardIndexFile.Counts::samples).toArray();
        this.starts = new long[sizes.length];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + sizes[i - 1];
        }
        for (int i = 0; i < counts.length; i++) {
            if (counts[i].flaws() > 0) {
                for (ShardIndex.Flaw flaw : index(i).faults()) {
                    flaws.add(new Skip(dataset, flaw.key(), flaw.fault(), flaw.detail()));
                }
            }
        }
    }

    public static TarSource open(String dataset, List<Shard> shards, Path cache) {
        return new TarSource(dataset, shards, cache);
    }

    @Override
    public void prefetch(long number) {
        shards.get(shardOf(number)).prefetch();
    }

    @Override
    public int[] shardSizes() {
        return sizes.clone();
    }

    @Override
    public List<Skip> flaws() {
        return List.copyOf(flaws);
    }

    @Override
    public int captionLength(long number) {
        ShardIndex.Entry entry = entry(number);
        return (int) (entry.text().exists() ? entry.text() : entry.json()).length();
    }

    private ShardIndex.Entry entry(long number) {
        int shard = shardOf(number);
        return index(shard).entries().get((int) (number - starts[shard]));
    }

    @Override
    public String identity(long number) {
        Shard shard = shards.get(shardOf(number));
        ShardIndex.Entry entry = entry(number);
        String file = shard.address().substring(shard.address().lastIndexOf('/') + 1);
        // Two places may have shards of one name; they would hardly be of one length too.
        String place = file + " of " + index(shardOf(number)).tarLength();
        return FeatureStore.name(
                dataset, place, entry.key(), entry.image().offset(), entry.image().length());
    }

    @Override
    public RawSample read(long number, boolean withImage) throws BadSampleException, IOException {
        int shard = shardOf(number);
        ShardIndex.Entry entry = entry(number);
        try (FileChannel channel = shards.get(shard).open()) {
            byte[] image =
                    withImage ? bytes(channel, entry.image(), shards.get(shard)) : new byte[0];
            Optional<String> caption =
                    entry.json().exists()
                            ? CaptionJson.captionIn(text(channel, entry.json(), shards.get(shard)))
                            : Optional.empty();
            if (caption.isEmpty() && entry.text().exists()) {
                caption = Optional.of(text(channel, entry.text(), shards.get(shard)));
            }
            return new RawSample(
                    entry.key(),
                    image,
                    caption.orElseThrow(
                            () ->
                                    new BadSampleException(
                                                    Fault.NO_CAPTION,
                                                    "the json has no text under \"caption\"")
                                            .withKey(entry.key())));
        }
    }

    private static String text(FileChannel channel, Span span, Shard shard) throws IOException {
        return new String(bytes(channel, span, shard), StandardCharsets.UTF_8);
    }

    /** A member's bytes, if the header before them still says that it has so many. */
    private static byte[] bytes(FileChannel channel, Span span, Shard shard) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(TarScan.BLOCK + span.length()));
        long start = span.offset() - TarScan.BLOCK;
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, start + buffer.position()) < 0) {
                throw new EOFException(shard + " has become shorter");
            }
        }
        byte[] header = Arrays.copyOf(buffer.array(), TarScan.BLOCK);
        if (TarScan.number(header, 124, 12) != span.length()) {
            throw new FailedException(
                    ("The index of %s does not fit it any more. Delete the .index file beside it;"
                                    + " a new one is made at the next start.")
                            .formatted(shard));
        }
        return Arrays.copyOfRange(buffer.array(), TarScan.BLOCK, buffer.capacity());
    }

    private int shardOf(long number) {
        int found = Arrays.binarySearch(starts, number);
        int shard = found >= 0 ? found : -found - 2;
        // Empty shards start where the next one does.
        while (number >= starts[shard] + sizes[shard]) {
            shard++;
        }
        return shard;
    }

    private ShardIndexFile.Counts counts(Shard shard) {
        try {
            return new ShardIndexFile(shard, cache).counts();
        } catch (IOException e) {
            throw unreadable(shard, e);
        }
    }

    private ShardIndex index(int shard) {
        synchronized (indexes) {
            ShardIndex index = indexes.get(shard);
            if (index != null) {
                return index;
            }
        }
        // Two threads may load the same index; that costs less than all waiting for one.
        ShardIndex loaded;
        try {
            loaded = new ShardIndexFile(shards.get(shard), cache).load();
        } catch (IOException e) {
            throw unreadable(shards.get(shard), e);
        }
        synchronized (indexes) {
            indexes.put(shard, loaded);
        }
        return loaded;
    }

    private FailedException unreadable(Shard shard, IOException cause) {
        return new FailedException(
                "Data set %s: the shard %s cannot be read: %s"
                        .formatted(dataset, shard, cause.getMessage()),
                cause);
    }
}
