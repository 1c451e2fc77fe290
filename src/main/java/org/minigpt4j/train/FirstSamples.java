package org.minigpt4j.train;

import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.text.SequenceLayout;

/**
 * The micro-batches of another source, shortened so that they contain {@code left} samples in
 * total.
 */
final class FirstSamples implements BatchSource {

    private final BatchSource source;
    private final SequenceLayout layout;
    private long left;

    /** Takes ownership of {@code source}. */
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
