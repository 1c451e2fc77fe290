package org.minigpt4j.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.Batchifier;
import ai.djl.util.Progress;

import org.minigpt4j.FailedException;
import org.minigpt4j.text.Tokenizer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;

/**
 * Presents the micro-batches of a {@link BatchLoader} as a DJL data set, for DJL's own {@code
 * Trainer}.
 *
 * <p>Arrays of a batch, by name: {@code pixels}, UINT8 [batch, size, size, 3], RGB, not normalised;
 * {@code tokens}, INT64 [batch, longest], padded with the end-of-sequence id; and with prompts also
 * {@code before} and {@code after}, the ids around the picture, equal in each row. The only label,
 * {@code labels}, holds the tokens with -100 where the loss ignores them.
 *
 * <p>Each call of {@link #getData} yields {@code length} micro-batches, which DJL treats as an
 * epoch, and continues after the last one returned. Only one iterator may be in use at a time.
 */
public final class MicroBatchDataset implements Dataset {

    private static final long IGNORED = -100;

    private final BatchSettings settings;
    private final Tokenizer tokenizer;
    private final int length;
    private long position;

    /**
     * @param tokenizer closed by the caller
     * @param position number of micro-batches of the endless sequence to skip
     * @param length number of micro-batches that DJL treats as an epoch
     */
    public MicroBatchDataset(
            BatchSettings settings, Tokenizer tokenizer, long position, int length) {
        this.settings = settings;
        this.tokenizer = tokenizer;
        this.position = position;
        this.length = length;
    }

    /** Number of micro-batches returned so far, plus those skipped at the start. */
    public long position() {
        return position;
    }

    /** Does nothing: {@link #getData} opens the data. */
    @Override
    public void prepare(Progress progress) {}

    /**
     * Returns the next micro-batches. The loader is closed after the last one, or with {@code
     * manager}.
     *
     * @throws org.minigpt4j.UsageException from the iterator if a data set is missing
     */
    @Override
    public Iterable<Batch> getData(NDManager manager) {
        return () -> new Batches(manager);
    }

    private final class Batches implements Iterator<Batch> {

        private final NDManager manager;
        private final String resource = UUID.randomUUID().toString();
        private final BatchLoader loader = BatchLoader.open(settings, tokenizer, position);
        private int done;

        Batches(NDManager manager) {
            this.manager = manager;
            manager.attachInternal(resource, loader);
        }

        @Override
        public boolean hasNext() {
            return done < length;
        }

        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            MicroBatch batch;
            try {
                batch = loader.next();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FailedException("interrupted while waiting for data", e);
            }
            position = loader.position();
            if (++done == length) {
                manager.detachInternal(resource);
                loader.close();
            }
            return toBatch(batch);
        }

        private Batch toBatch(MicroBatch batch) {
            NDManager own = manager.newSubManager();
            return new Batch(
                    own,
                    data(own, batch),
                    new NDList(named("labels", labels(own, batch.examples()))),
                    batch.examples().size(),
                    Batchifier.STACK,
                    Batchifier.STACK,
                    done,
                    length);
        }
    }

    private NDList data(NDManager manager, MicroBatch batch) {
        List<Example> examples = batch.examples();
        int size = batch.imageSize();
        ByteBuffer pixels = ByteBuffer.allocateDirect(examples.size() * size * size * 3);
        examples.forEach(example -> pixels.put(example.pixels()));
        pixels.flip();
        Shape shape = new Shape(examples.size(), size, size, 3);
        NDList data =
                new NDList(
                        named("pixels", manager.create(pixels, shape, DataType.UINT8)),
                        named("tokens", manager.create(padded(examples, tokenizer.eosId()))));
        if (batch.before().length > 0) {
            data.add(named("before", prompt(manager, batch.before(), examples.size())));
            data.add(named("after", prompt(manager, batch.after(), examples.size())));
        }
        return data;
    }

    private static NDArray named(String name, NDArray array) {
        array.setName(name);
        return array;
    }

    private static NDArray prompt(NDManager manager, int[] ids, int rows) {
        long[][] all = new long[rows][];
        Arrays.fill(all, Arrays.stream(ids).asLongStream().toArray());
        return manager.create(all);
    }

    /** As in the reference, the end-of-sequence token is ignored even if it is part of the text. */
    private NDArray labels(NDManager manager, List<Example> examples) {
        long[][] labels = padded(examples, tokenizer.eosId());
        for (long[] row : labels) {
            Arrays.setAll(row, i -> row[i] == tokenizer.eosId() ? IGNORED : row[i]);
        }
        return manager.create(labels);
    }

    private static long[][] padded(List<Example> examples, long pad) {
        int longest = examples.stream().mapToInt(e -> e.tokens().length).max().orElseThrow();
        long[][] rows = new long[examples.size()][longest];
        for (int i = 0; i < rows.length; i++) {
            int[] tokens = examples.get(i).tokens();
            Arrays.fill(rows[i], pad);
            for (int j = 0; j < tokens.length; j++) {
                rows[i][j] = tokens[j];
            }
        }
        return rows;
    }
}
