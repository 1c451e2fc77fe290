package org.minigpt4j.train;

import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.text.SequenceLayout;

/** Micro-batches of another source, of which the last one ends with the {@code left}th sample. */
final class FirstSamples implements BatchSource {

    private final BatchSource source;
    private final SequenceLayout layout;
    private long left;

    /** Takes over {@code source}. */
    FirstSamples(BatchSource source, long left, SequenceLayout layout) {
        this.source = source;
        this.left = left;
        this.layout = layout;
    }

    @Override
    public MicroBatch next() throws InterruptedException {
        MicroBatch batch = source.next();
        int size = (int) Math.min(left, batch.size());
        left -= size;
        return size == batch.size() ? batch : batch.first(size, layout);
    }

    @Override
    public void close() {
        source.close();
    }
}
