package org.minigpt4j.nano.parts;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.model.RotaryTable;

import java.util.ArrayList;
import java.util.List;

/** Token sequences with the weight that each token has in the loss, made one batch. */
final class Documents implements PartTask.Draft {

    /** A sequence; a token of weight 0 is read but not learned. */
    record Document(int[] ids, float[] weights) {}

    private final List<Document> documents = new ArrayList<>();
    private final RotaryTable rotary;
    private final int padding;

    Documents(RotaryTable rotary, int padding) {
        this.rotary = rotary;
        this.padding = padding;
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
                    rows[n] = place - 1;
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
                rotary.sin(manager, length));
    }
}
