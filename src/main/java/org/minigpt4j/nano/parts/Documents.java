package org.minigpt4j.nano.parts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.model.RotaryTable;
import org.minigpt4j.nano.scene.SceneNotes;
import org.minigpt4j.random.RandomStream;

import java.util.ArrayList;
import java.util.List;

/** Token sequences with the weight that each token has in the loss, made one batch. */
final class Documents implements PartTask.Draft {

    /**
     * A sequence; a token of weight 0 is read but not learned.
     *
     * @param notes where notes begin, negative for none
     */
    record Document(int[] ids, float[] weights, int notes) {}

    private static final float NO_NOISE = 0;

    private final List<Document> documents = new ArrayList<>();
    private final RotaryTable rotary;
    private final int padding;
    private final int width;
    private final float noise;
    private final RandomStream random;

    /**
     * An empty batch.
     *
     * @param width of the embedding
     * @param noise the most that is added to the embedding of notes, in standard deviations
     * @param random the noise
     */
    Documents(RotaryTable rotary, int padding, int width, float noise, RandomStream random) {
        this.rotary = rotary;
        this.padding = padding;
        this.width = width;
        this.noise = noise;
        this.random = random;
    }

    void add(Document document) {
        documents.add(document);
    }

    @Override
    public NDList arrays(NDManager manager) {
        int length = documents.stream().mapToInt(d -> d.ids().length).max().orElse(1);
        long[] ids = new long[documents.size() * length];
        int labelled = 0;
        for (Document document : documents) {
            for (int i = 1; i < document.ids().length; i++) {
                labelled += document.weights()[i] > 0 ? 1 : 0;
            }
        }
        long[] rows = new long[labelled];
        long[] labels = new long[labelled];
        float[] weights = new float[labelled];
        int n = 0;
        for (int d = 0; d < documents.size(); d++) {
            Document document = documents.get(d);
            for (int i = 0; i < length; i++) {
                int place = d * length + i;
                boolean inside = i < document.ids().length;
                ids[place] = inside ? document.ids()[i] : padding;
                if (inside && i > 0 && document.weights()[i] > 0) {
                    rows[n] = place - 1L;
                    labels[n] = document.ids()[i];
                    weights[n++] = document.weights()[i];
                }
            }
        }
        return new NDList(
                manager.create(ids, new Shape(documents.size(), length)),
                manager.create(rows),
                manager.create(labels),
                manager.create(weights),
                rotary.cos(manager, length),
                rotary.sin(manager, length),
                noise(manager, length));
    }

    /** Zero everywhere but at notes, where each document has as much as it draws. */
    private NDArray noise(NDManager manager, int length) {
        if (noise == NO_NOISE) {
            return manager.create(new float[1], new Shape(1, 1, 1));
        }
        float[] values = new float[documents.size() * length * width];
        for (int d = 0; d < documents.size(); d++) {
            if (documents.get(d).notes() >= 0) {
                double size = noise * random.nextDouble();
                int from = (d * length + documents.get(d).notes()) * width;
                for (int i = 0; i < SceneNotes.LENGTH * width; i++) {
                    values[from + i] = (float) (size * PartLayout.gaussian(random));
                }
            }
        }
        return manager.create(values, new Shape(documents.size(), length, width));
    }
}
