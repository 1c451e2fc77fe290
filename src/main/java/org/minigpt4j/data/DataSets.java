package org.minigpt4j.data;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.order.SampleOrder;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.data.shard.Shard;
import org.minigpt4j.data.shard.ShardPlaces;
import org.minigpt4j.data.shard.TarSource;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.RemoteFiles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The opened data sets of a mixture: their samples are counted and can be read. */
final class DataSets implements AutoCloseable {

    /** Maximum number of remarks of one kind; the rest are only counted. */
    private static final int NOTICES = 2;

    /** One data set of the mixture. */
    record DataSet(SourceSettings settings, SampleSource samples, long size) {

        String name() {
            return settings.name();
        }

        /** Number of pairs that cannot be trained on. */
        long lost() {
            return samples.flaws().stream().mapToLong(Skip::pairs).sum();
        }

        /** One line with an example for each cause of loss, followed by other remarks. */
        List<String> losses() {
            Map<Fault, List<Skip>> causes = new EnumMap<>(Fault.class);
            List<String> lines = new ArrayList<>();
            Map<String, List<Skip>> notices = new LinkedHashMap<>();
            for (Skip flaw : samples.flaws()) {
                if (flaw.pairs() > 0) {
                    causes.computeIfAbsent(flaw.fault(), f -> new ArrayList<>()).add(flaw);
                } else {
                    String what = flaw.fault().name();
                    notices.computeIfAbsent(what, f -> new ArrayList<>()).add(flaw);
                }
            }
            causes.forEach(
                    (fault, flaws) -> {
                        long pairs = flaws.stream().mapToLong(Skip::pairs).sum();
                        Skip worst =
                                flaws.stream()
                                        .max(Comparator.comparingLong(Skip::pairs))
                                        .orElseThrow();
                        lines.add(
                                "%,d pair%s lost (%s): %s: %s"
                                        .formatted(
                                                pairs,
                                                pairs == 1 ? "" : "s",
                                                fault,
                                                ForeignText.line(worst.key()),
                                                worst.detail()));
                    });
            for (List<Skip> alike : notices.values()) {
                alike.stream().limit(NOTICES).forEach(notice -> lines.add(notice.detail()));
                if (alike.size() > NOTICES) {
                    lines.add("and %,d more like that".formatted(alike.size() - NOTICES));
                }
            }
            return lines;
        }
    }

    private final List<DataSet> all;
    private final RemoteStorage remote;

    /** {@code remote} is null if no data set is remote. */
    private DataSets(List<DataSet> all, RemoteStorage remote) {
        this.all = List.copyOf(all);
        this.remote = remote;
    }

    /**
     * Opens the data sets in the order given.
     *
     * @throws UsageException if one is missing, unreadable or empty
     */
    static DataSets open(List<SourceSettings> sources, BatchSettings.Storage storage) {
        boolean far =
                sources.stream()
                        .flatMap(source -> source.storage().stream())
                        .anyMatch(RemoteFiles::isRemote);
        RemoteStorage remote = far ? new RemoteStorage(storage) : null;
        try {
            List<DataSet> opened = new ArrayList<>();
            for (SourceSettings source : sources) {
                SampleSource samples = open(source, storage, remote);
                long size = Arrays.stream(samples.shardSizes()).asLongStream().sum();
                opened.add(new DataSet(source, samples, size));
            }
            return new DataSets(opened, remote);
        } catch (RuntimeException | Error e) {
            if (far) {
                remote.close();
            }
            throw e;
        }
    }

    private static SampleSource open(
            SourceSettings source, BatchSettings.Storage storage, RemoteStorage remote) {
        return switch (source.format()) {
            case WEBDATASET ->
                    TarSource.open(source.name(), shards(source, remote), storage.cache());
            case CC_SBU_ALIGN -> AlignFolder.open(source.name(), onlyPlace(source), remote);
            case COCO_CAPTIONS -> CocoCaptions.open(source.name(), onlyPlace(source), remote);
            case IMAGE_FOLDER -> ImageFolder.open(source.name(), onlyPlace(source));
        };
    }

    private static List<Shard> shards(SourceSettings source, RemoteStorage remote) {
        List<Shard> shards = new ArrayList<>();
        for (String place : source.storage()) {
            if (RemoteFiles.isRemote(place)) {
                shards.addAll(remote.find(source.name(), place));
            } else {
                ShardPlaces.find(source.name(), List.of(place))
                        .forEach(path -> shards.add(new Shard.Local(path)));
            }
        }
        if (shards.isEmpty()) {
            throw new UsageException("Data set %s names no storage.".formatted(source.name()));
        }
        return shards;
    }

    private static String onlyPlace(SourceSettings source) {
        if (source.storage().size() != 1) {
            throw new UsageException(
                    ("Data set %s: its format takes one path, but %d are given; make a"
                                    + " separate data set of each.")
                            .formatted(source.name(), source.storage().size()));
        }
        return source.storage().get(0);
    }

    /**
     * Checks that each data set has usable samples.
     *
     * @throws UsageException if one has none
     */
    void requireSamples() {
        for (DataSet one : all) {
            if (one.size() == 0) {
                throw new UsageException(
                        "Data set %s has no usable sample at %s%s"
                                .formatted(
                                        one.name(),
                                        String.join(", ", one.settings().storage()),
                                        one.losses().isEmpty()
                                                ? "."
                                                : ":\n" + String.join("\n", one.losses())));
            }
        }
    }

    DataSet get(int number) {
        return all.get(number);
    }

    List<DataSet> all() {
        return all;
    }

    /** The data sets in the form that {@link org.minigpt4j.data.order.SampleOrder} needs. */
    List<SampleOrder.Part> parts() {
        return all.stream()
                .map(
                        one ->
                                new SampleOrder.Part(
                                        one.settings().ratio(),
                                        one.samples().shardSizes(),
                                        one.samples()::captionLength))
                .toList();
    }

    /** Unusable samples of all data sets; they have no number. */
    List<Skip> flaws() {
        return all.stream().flatMap(one -> one.samples().flaws().stream()).toList();
    }

    /** Total number of usable samples. */
    long size() {
        return all.stream().mapToLong(DataSet::size).sum();
    }

    /** True if some of the data sets are remote and are copied before they are read. */
    boolean areRemote() {
        return remote != null;
    }

    @Override
    public void close() {
        if (remote != null) {
            remote.close();
        }
    }
}
