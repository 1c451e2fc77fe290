package org.minigpt4j.prepare.align;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.AlignConfig;
import org.minigpt4j.data.StoredPairs;

import java.nio.file.Path;
import java.util.Locale;

/** Pictures with captions to choose from, numbered in an order that does not change. */
interface PairSource extends AutoCloseable {

    /** How many there are. */
    int size();

    /** What one is called, for the record of what was refused. */
    String name(int number);

    /**
     * Its caption as it is.
     *
     * @throws Unusable if it has none
     */
    String caption(int number) throws Unusable;

    /**
     * Its picture's file.
     *
     * @throws Unusable if it has none
     */
    byte[] picture(int number) throws Unusable;

    @Override
    void close();

    /** One pair is of no use. */
    final class Unusable extends Exception {

        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    /** Opens what a configuration names; {@code work} is a folder for indexes and copies. */
    static PairSource open(AlignConfig.Source source, Path work) {
        return switch (source.format()) {
            case SHARDS -> new ShardPairs(StoredPairs.shards(source.storage(), work));
            case FOLDER -> FolderPairs.open(one(source));
            case CSV -> CsvPairs.open(one(source), source.imageColumn(), source.captionColumn());
        };
    }

    private static Path one(AlignConfig.Source source) {
        if (source.storage().size() != 1) {
            throw new UsageException(
                    "align.source.storage names %d places; a %s is one."
                            .formatted(
                                    source.storage().size(),
                                    source.format().name().toLowerCase(Locale.ROOT)));
        }
        return Path.of(source.storage().get(0).replaceFirst("^file://", ""));
    }
}
