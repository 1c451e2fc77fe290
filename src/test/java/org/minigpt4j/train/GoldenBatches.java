package org.minigpt4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.TextBatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The reference's four recorded micro-batches of stage 1, over and over. */
final class GoldenBatches implements BatchSource {

    private static final int BATCHES = 4;
    private static final String GOOD = "good";
    private static final String NOT_FINITE = "not finite";
    private static final String FAILING = "failing";

    private final List<MicroBatch> batches = new ArrayList<>();
    private long position;

    GoldenBatches(long position) {
        this.position = position;
        for (int k = 0; k < BATCHES; k++) {
            String file = "stage1_batch_%d.npz".formatted(k);
            Npz golden = Goldens.npz(file);
            batches.add(recorded(file, "batch" + k, GoldenModel.text(golden, golden)));
        }
    }

    /** A recorded micro-batch; {@link #features} finds its pictures in {@code file}. */
    static MicroBatch recorded(String file, String key, TextBatch text) {
        var example = new Example(file, key, new byte[0], new int[0], "", "", Optional.empty());
        return new MicroBatch(0, 0, GOOD, new int[0], new int[0], List.of(example), text);
    }

    /** What the encoders make of the recorded pictures, unless something is wrong with them. */
    static NDArray features(NDManager results, MiniGpt4 model, MicroBatch batch) {
        if (batch.dataset().equals(FAILING)) {
            throw new IllegalStateException("out of memory");
        }
        Npz golden = Goldens.npz(batch.examples().get(0).dataset());
        NDArray image = GoldenModel.array(results, golden.get("image"));
        NDArray features = model.look(results, image);
        return batch.dataset().equals(NOT_FINITE) ? features.mul(Float.NaN) : features;
    }

    /** A copy whose pictures are not numbers. */
    static MicroBatch notFinite(MicroBatch good) {
        return marked(good, NOT_FINITE);
    }

    /** A copy that makes a replica fail. */
    static MicroBatch failing(MicroBatch good) {
        return marked(good, FAILING);
    }

    private static MicroBatch marked(MicroBatch batch, String mark) {
        return new MicroBatch(
                0, 0, mark, batch.before(), batch.after(), batch.examples(), batch.text());
    }

    @Override
    public MicroBatch next() {
        MicroBatch batch = batches.get((int) (position % BATCHES));
        return new MicroBatch(
                position++,
                batch.imageSize(),
                batch.dataset(),
                batch.before(),
                batch.after(),
                batch.examples(),
                batch.text());
    }

    @Override
    public void close() {}
}
