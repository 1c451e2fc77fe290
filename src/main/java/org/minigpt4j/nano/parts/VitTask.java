package org.minigpt4j.nano.parts;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.VitDims;
import org.minigpt4j.random.RandomStream;

/** Teaches the image encoder to tell, for each patch, what it is part of. It never meets a word. */
final class VitTask implements PartTask {

    private static final int BATCH = 40;
    private static final long STREAM = 1;

    /** Letters are the hardest, and wait until the model knows a cube. */
    private static final int LETTERS_FROM = 700;

    private static final float FEW = 0.01f;

    private final VitDims dims;
    private final PartSchedule schedule;
    private final PartLayout layout;

    VitTask(VitDims dims, PartSchedule schedule) {
        this.dims = dims;
        this.schedule = schedule;
        layout = VitText.layout(dims);
    }

    @Override
    public String name() {
        return "vit";
    }

    @Override
    public PartLayout layout() {
        return layout;
    }

    @Override
    public String text() {
        return VitText.of(dims, layout);
    }

    @Override
    public PartSchedule schedule() {
        return schedule;
    }

    @Override
    public Draft draft(long seed, int step) {
        int side = dims.imageSize();
        boolean letters = step >= LETTERS_FROM;
        RandomStream random = RandomStream.of(seed, STREAM, step);
        Pictures pictures = Pictures.draw(random, BATCH, side, letters);
        int patches = dims.grid() * dims.grid();
        int kinds = PatchLabels.KINDS.length;
        long[] labels = new long[BATCH * patches * kinds];
        float[] weights = new float[labels.length];
        for (int i = 0; i < BATCH; i++) {
            PatchLabels.fill(
                    pictures.scenes().get(i),
                    dims.grid(),
                    labels,
                    weights,
                    i * patches,
                    letters ? FEW : PatchLabels.NOTHING);
        }
        Shape shape = new Shape((long) BATCH * patches, kinds);
        return manager ->
                new NDList(
                        pictures.array(manager),
                        manager.create(Backbone.pixelMean()),
                        manager.create(Backbone.pixelDeviation()),
                        manager.create(labels, shape),
                        manager.create(weights, shape));
    }
}
