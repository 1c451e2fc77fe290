package org.minigpt4j.train;

import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.model.GoldenModel;

import java.util.ArrayList;
import java.util.List;

/** The reference's four recorded micro-batches of stage 1, over and over. */
final class GoldenBatches implements BatchSource {

    private static final int BATCHES = 4;

    private final List<Batch> batches = new ArrayList<>();
    private long position;

    GoldenBatches(long position) {
        this.position = position;
        for (int k = 0; k < BATCHES; k++) {
            Npz golden = Goldens.npz("stage1_batch_%d.npz".formatted(k));
            batches.add(
                    new Batch(
                            List.of("batch" + k),
                            (results, model) ->
                                    model.features(
                                            results,
                                            GoldenModel.array(results, golden.get("image"))),
                            GoldenModel.text(golden, golden)));
        }
    }

    @Override
    public Batch next() {
        return batches.get((int) (position++ % BATCHES));
    }

    @Override
    public void close() {}
}
