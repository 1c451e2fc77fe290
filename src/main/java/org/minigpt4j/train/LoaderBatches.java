package org.minigpt4j.train;

import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.Example;
import org.minigpt4j.data.Fault;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.data.Tokenizer;
import org.minigpt4j.model.TextBatch;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** The loader's micro-batches in the form a replica takes them. */
final class LoaderBatches implements BatchSource {

    private final BatchLoader loader;
    private final int queries;
    private final int bos;
    private final int pad;

    LoaderBatches(BatchLoader loader, int queries, Tokenizer tokenizer) {
        this.loader = loader;
        this.queries = queries;
        bos = tokenizer.bosId();
        pad = tokenizer.eosId(); // the reference pads with the end of a sequence
    }

    @Override
    public Batch next() throws InterruptedException {
        MicroBatch micro = loader.next();
        List<Example> examples = micro.examples();
        ByteBuffer pixels =
                ByteBuffer.allocateDirect(examples.stream().mapToInt(e -> e.pixels().length).sum());
        examples.forEach(e -> pixels.put(e.pixels()));
        pixels.flip();
        return new Batch(
                examples.stream().map(Example::key).toList(),
                (results, backbone) -> backbone.features(results, pixels, examples.size()),
                TextBatch.of(
                        micro.before(),
                        micro.after(),
                        examples.stream().map(Example::tokens).toList(),
                        queries,
                        bos,
                        pad));
    }

    @Override
    public Map<Fault, Long> skipped() {
        return loader.stats().skipped();
    }

    @Override
    public void close() {
        loader.close();
    }
}
