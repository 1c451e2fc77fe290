package org.minigpt4j.train;

import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.text.TextBatch;
import org.minigpt4j.text.Tokenizer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The loader's micro-batches in the form a replica takes them. */
public final class LoaderBatches implements BatchSource {

    private final BatchLoader loader;
    private final int queries;
    private final int bos;
    private final int pad;
    private final Optional<FeatureStore> features;
    private long left = Long.MAX_VALUE;

    /** Takes over {@code loader} and {@code features}. */
    public LoaderBatches(
            BatchLoader loader, int queries, Tokenizer tokenizer, Optional<FeatureStore> features) {
        this.loader = loader;
        this.features = features;
        this.queries = queries;
        bos = tokenizer.bosId();
        pad = tokenizer.eosId(); // the reference pads with the end of a sequence
    }

    /** The same, whose last micro-batch ends with the {@code samples}th sample. */
    LoaderBatches first(long samples) {
        left = samples;
        return this;
    }

    @Override
    public Batch next() throws InterruptedException {
        MicroBatch micro = loader.next();
        int size = (int) Math.min(left, micro.examples().size());
        List<Example> examples = micro.examples().subList(0, size);
        left -= size;
        return new Batch(
                examples.stream().map(Example::key).toList(),
                images(examples),
                TextBatch.of(
                        micro.before(),
                        micro.after(),
                        examples.stream().map(Example::tokens).toList(),
                        queries,
                        bos,
                        pad));
    }

    private Batch.Images images(List<Example> examples) {
        if (features.isPresent()) {
            return new CachedImages(features.get(), examples);
        }
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(examples.stream().mapToInt(e -> e.pixels().length).sum());
        examples.forEach(e -> pixels.put(e.pixels()));
        pixels.flip();
        return (results, backbone) -> backbone.features(results, pixels, examples.size());
    }

    @Override
    public Map<Fault, Long> skipped() {
        return loader.stats().skipped();
    }

    @Override
    public void close() {
        loader.close();
        features.ifPresent(FeatureStore::close);
    }
}
