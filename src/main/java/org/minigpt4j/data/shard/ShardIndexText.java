package org.minigpt4j.data.shard;

import java.util.ArrayList;
import java.util.List;

/** Collects the index of a tar while it is written; see {@link ShardIndexFile} for the format. */
public final class ShardIndexText {

    private final List<ShardIndex.Entry> entries = new ArrayList<>();

    /**
     * Adds a sample: for each of its three files, the offset of its first byte in the tar and its
     * length.
     */
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

    /**
     * The text of the index for a tar of {@code tarBytes} bytes; write it next to the tar with the
     * suffix {@code .index}.
     */
    public String of(long tarBytes) {
        return ShardIndexFile.text(new ShardIndex(tarBytes, entries, List.of()));
    }
}
