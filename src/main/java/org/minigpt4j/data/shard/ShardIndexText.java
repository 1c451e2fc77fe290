package org.minigpt4j.data.shard;

import java.util.ArrayList;
import java.util.List;

/** The index of a shard in the making, for whoever writes the tar ({@link ShardIndexFile}). */
public final class ShardIndexText {

    private final List<ShardIndex.Entry> entries = new ArrayList<>();

    /** Where a sample's three files are in the tar: the first byte of each and how many follow. */
    public void add(
            String key,
            long imageAt,
            long imageBytes,
            long jsonAt,
            long jsonBytes,
            long textAt,
            long textBytes) {
        entries.add(
                new ShardIndex.Entry(
                        key,
                        new Span(imageAt, imageBytes),
                        new Span(jsonAt, jsonBytes),
                        new Span(textAt, textBytes)));
    }

    /** What goes beside a tar of so many bytes under its name and {@code .index}. */
    public String of(long tarBytes) {
        return ShardIndexFile.text(new ShardIndex(tarBytes, entries, List.of()));
    }
}
