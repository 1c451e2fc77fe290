package org.minigpt4j.nano.parts;

import ai.djl.ndarray.NDList;

import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.QFormerDims;
import org.minigpt4j.model.VitDims;
import org.minigpt4j.nano.scene.SceneNotes;
import org.minigpt4j.random.RandomStream;

import java.util.List;

/**
 * Teaches the Q-Former to say a scene's notes, one word a query, from what a finished image encoder
 * gives. It never meets the language model, nor its vocabulary.
 */
final class QFormerTask implements PartTask {

    private static final int BATCH = 48;
    private static final long STREAM = 2;
    private static final float WORD = 1.01f; // above 1: counts among what is to be right
    private static final float NONE = 0.3f;

    /** Letters, which few scenes have. */
    private static final float RARE = 6;

    private static final int LETTER = 3;
    private static final float EVENNESS = 3;

    private final QFormerDims dims;
    private final VitDims vitDims;
    private final PartSchedule schedule;
    private final PartLayout layout;
    private final float[] vit;

    /** With the weights of a finished image encoder. */
    QFormerTask(QFormerDims dims, VitDims vitDims, PartSchedule schedule, float[] vit) {
        this.dims = dims;
        this.vitDims = vitDims;
        this.schedule = schedule;
        this.vit = vit;
        layout = QFormerText.layout(dims);
    }

    @Override
    public String name() {
        return "qformer";
    }

    @Override
    public PartLayout layout() {
        return layout;
    }

    @Override
    public String text() {
        return VitText.tokens(vitDims, VitText.layout(vitDims)) + QFormerText.of(dims, layout);
    }

    @Override
    public PartSchedule schedule() {
        return schedule;
    }

    @Override
    public Draft draft(long seed, int step) {
        RandomStream random = RandomStream.of(seed, STREAM, step);
        boolean late = schedule.phase(step) > 0;
        Pictures pictures = Pictures.draw(random, BATCH, vitDims.imageSize(), true);
        long[] labels = new long[BATCH * SceneNotes.LENGTH];
        float[] weights = new float[labels.length];
        for (int i = 0; i < BATCH; i++) {
            List<String> words = SceneNotes.of(pictures.scenes().get(i));
            for (int j = 0; j < SceneNotes.LENGTH; j++) {
                int word = SceneNotes.WORDS.indexOf(words.get(j));
                labels[i * SceneNotes.LENGTH + j] = word;
                boolean letter = late && word != 0 && j % SceneNotes.PER_THING == LETTER;
                weights[i * SceneNotes.LENGTH + j] = word == 0 ? NONE : letter ? RARE : WORD;
            }
        }
        return manager ->
                new NDList(
                        manager.create(vit),
                        pictures.array(manager),
                        manager.create(Backbone.pixelMean()),
                        manager.create(Backbone.pixelDeviation()),
                        manager.create(labels),
                        manager.create(weights),
                        manager.create(late ? EVENNESS : 0));
    }
}
