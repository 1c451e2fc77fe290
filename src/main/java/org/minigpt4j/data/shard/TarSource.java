package org.minigpt4j.data.shard;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.minigpt4j.FailedException;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.text.CaptionText;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Samples in WebDataset shards. Opening reads only the counts. A shard's index is loaded when its
 * first sample is read; the most recently used indexes are kept.
 */
public final class TarSource implements SampleSource {

    private static final int INDEXES_KEPT = 128;

    private final String dataset;
    private final List<Shard> shards;
    private final Path cache;
    private final int[] sizes;
    private final long[] starts;
    private final List<Skip> flaws = new ArrayList<>();

    private final Cache<Integer, ShardIndex> indexes =
            Caffeine.newBuilder().maximumSize(INDEXES_KEPT).build();

    /** Shards whose index was compared with all their headers. */
    private final Set<Integer> verified = ConcurrentHashMap.newKeySet();

    /** Shards that were searched for samples missing from their index. */
    private final Set<Integer> searched = ConcurrentHashMap.newKeySet();

    private TarSource(String dataset, List<Shard> shards, Path cache) {
        this.dataset = dataset;
        this.cache = cache;
        Shard[] readable = new Shard[shards.size()];
        ShardIndexFile.Counts[] counts = new ShardIndexFile.Counts[shards.size()];
        // Unpacking and indexing foreign shards takes a while, so this uses all cores.
        Arrays.parallelSetAll(readable, i -> readable(shards.get(i)));
        Arrays.parallelSetAll(counts, i -> counts(readable[i]));
        this.shards = List.of(readable);
        this.sizes = Arrays.stream(counts).mapToInt(ShardIndexFile.Counts::samples).toArray();
        this.starts = new long[sizes.length];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + sizes[i - 1];
        }
        for (int i = 0; i < counts.length; i++) {
            if (counts[i].flaws() > 0) {
                for (ShardIndex.Flaw flaw : index(i).faults()) {
                    String where = "%s, in %s".formatted(flaw.detail(), this.shards.get(i).name());
                    flaws.add(new Skip(dataset, flaw.key(), flaw.fault(), where, flaw.pairs()));
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
        // Shards of two places may have the same name, but hardly the same length too.
        String place = file + " of " + index(shardOf(number)).tarLength();
        return FeatureStore.name(
                dataset, place, entry.key(), entry.image().offset(), entry.image().length());
    }

    @Override
    public RawSample read(long number, boolean withImage) throws BadSampleException, IOException {
        int shard = shardOf(number);
        int place = (int) (number - starts[shard]);
        ShardIndex.Entry entry = index(shard).entries().get(place);
        try (FileChannel channel = shards.get(shard).open()) {
            if (searched.add(shard) && !index(shard).listsAll(channel)) {
                entry = verify(shard).entries().get(place);
            }
            Member members = new Member(channel, shard, entry.key());
            if (!verified.contains(shard) && !members.fit(entry)) {
                entry = verify(shard).entries().get(place);
            }
            byte[] image = withImage ? members.bytes(entry.image()) : new byte[0];
            return new RawSample(entry.key(), image, caption(members, entry));
        } catch (CaptionText.BrokenCaptionException e) {
            throw new BadSampleException(
                            Fault.BROKEN_CAPTION,
                            "its caption in %s %s".formatted(shards.get(shard), e.getMessage()),
                            e)
                    .withKey(entry.key());
        } catch (BadSampleException e) {
            throw e.withKey(entry.key());
        } catch (IOException e) {
            throw new IOException(shards.get(shard) + ": " + ReadFailure.reason(e), e);
        }
    }

    private static String caption(Member members, ShardIndex.Entry entry)
            throws IOException, BadSampleException, CaptionText.BrokenCaptionException {
        if (entry.json().exists()) {
            Optional<String> caption = CaptionText.inJson(members.bytes(entry.json()));
            if (caption.isPresent()) {
                return caption.get();
            }
        }
        if (!entry.text().exists()) {
            throw new BadSampleException(
                    Fault.NO_CAPTION, "the json has no text under \"caption\"");
        }
        return CaptionText.plain(members.bytes(entry.text()));
    }

    /** Reads files of one sample. */
    private final class Member {

        private final FileChannel channel;
        private final int shard;
        private final String key;

        Member(FileChannel channel, int shard, String key) {
            this.channel = channel;
            this.shard = shard;
            this.key = key;
        }

        byte[] bytes(Span span) throws IOException {
            return read(span.offset(), Math.toIntExact(span.length()));
        }

        /** True if the headers before the sample's files agree with the index. */
        boolean fit(ShardIndex.Entry entry) throws IOException {
            return fits(entry.image(), SampleGroups.IMAGES)
                    && fits(entry.json(), List.of("json"))
                    && fits(entry.text(), List.of("txt"));
        }

        private boolean fits(Span span, List<String> suffixes) throws IOException {
            if (!span.exists()) {
                return true;
            }
            byte[] header = read(span.offset() - TarScan.BLOCK, TarScan.BLOCK);
            String name = TarScan.shortName(header);
            return TarScan.number(header, 124, 12) == span.length()
                    && name.startsWith(key + ".")
                    && suffixes.contains(name.substring(key.length() + 1).toLowerCase(Locale.ROOT));
        }

        private byte[] read(long at, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(length);
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, at + buffer.position()) < 0) {
                    throw new EOFException("it is shorter than when it was indexed");
                }
            }
            return buffer.array();
        }
    }

    /**
     * Compares an index with all headers of its shard and returns what the headers say. An index
     * can look wrong and still be right, because long names and sizes have extra headers.
     *
     * @throws FailedException if the number of samples differs from the index
     */
    private synchronized ShardIndex verify(int shard) throws IOException {
        ShardIndex index = indexes.getIfPresent(shard);
        if (index == null || !verified.contains(shard)) {
            index = new ShardIndexFile(shards.get(shard), cache).make();
            requireSize(shard, index);
            indexes.put(shard, index);
            verified.add(shard);
        }
        return index;
    }

    private void requireSize(int shard, ShardIndex index) {
        if (index.entries().size() != sizes[shard]) {
            throw new FailedException(
                    ("Data set %s: the index of %s said %d samples, but there are %d."
                                    + " It was rebuilt; run the same command again.")
                            .formatted(
                                    dataset,
                                    shards.get(shard),
                                    sizes[shard],
                                    index.entries().size()));
        }
    }

    private int shardOf(long number) {
        int found = Arrays.binarySearch(starts, number);
        int shard = found >= 0 ? found : -found - 2;
        // An empty shard starts at the same number as the next one.
        while (number >= starts[shard] + sizes[shard]) {
            shard++;
        }
        return shard;
    }

    private Shard readable(Shard shard) {
        try {
            return new ShardIndexFile(shard, cache).readable();
        } catch (IOException e) {
            throw unreadable(shard, e);
        }
    }

    private ShardIndexFile.Counts counts(Shard shard) {
        try {
            return new ShardIndexFile(shard, cache).counts();
        } catch (IOException e) {
            throw unreadable(shard, e);
        }
    }

    private ShardIndex index(int shard) {
        return indexes.get(
                shard,
                one -> {
                    try {
                        ShardIndex index = new ShardIndexFile(shards.get(one), cache).load();
                        requireSize(one, index);
                        return index;
                    } catch (IOException e) {
                        throw unreadable(shards.get(one), e);
                    }
                });
    }

    private FailedException unreadable(Shard shard, IOException cause) {
        return new FailedException(
                "Data set %s: the shard %s cannot be read: %s"
                        .formatted(dataset, shard, ReadFailure.reason(cause)),
                cause);
    }
}
