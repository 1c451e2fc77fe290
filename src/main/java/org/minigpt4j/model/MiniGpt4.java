package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.minigpt4j.text.TextBatch;

/**
 * MiniGPT-4: a frozen {@link Backbone} and the one linear map that learns, from what the Q-Former
 * saw to the language model's embeddings. Several models may share a backbone; each has its own
 * projection and is used by one thread at a time.
 */
public final class MiniGpt4 extends AbstractBlock implements AutoCloseable {

    private static final byte VERSION = 1;

    private final Backbone backbone;
    private final NDManager manager;
    private final ParameterStore store;
    private final Linear projection;

    /** A model around {@code backbone}, its projection all zeros until {@link #setProjection}. */
    public MiniGpt4(Backbone backbone) {
        super(VERSION);
        this.backbone = backbone;
        manager = backbone.manager().newSubManager();
        store = new ParameterStore(manager, false);
        QFormerDims q = backbone.qformer().dims();
        addChildBlock("vit", backbone.vit());
        addChildBlock("qformer", backbone.qformer());
        projection =
                addChildBlock(
                        "llama_proj",
                        Linear.builder().setUnits(backbone.llama().dims().hidden()).build());
        addChildBlock("llama", backbone.llama());
        projection.initialize(manager, DataType.FLOAT32, new Shape(1, q.queries(), q.width()));
    }

    /** The frozen parts. */
    public Backbone backbone() {
        return backbone;
    }

    /** Memory of this model's own: take a sub-manager of it for each step. */
    public NDManager manager() {
        return manager;
    }

    /** Values of the projection's weight, [hidden, width] row by row, and bias, [hidden]. */
    public ProjectionValues projection() {
        return new ProjectionValues(read(weight()), read(bias()));
    }

    /** Replaces the projection. */
    public void setProjection(ProjectionValues values) {
        assign(weight(), values.weight());
        assign(bias(), values.bias());
    }

    /** NDArray.set would make a CPU array share the memory of the buffer it is given. */
    private void assign(NDArray parameter, float[] values) {
        try (NDArray source = manager.create(values, parameter.getShape())) {
            backbone.kernels().callOne(manager, "assign", parameter, source).close();
        }
    }

    private NDArray weight() {
        return projection.getParameters().get("weight").getArray();
    }

    private NDArray bias() {
        return projection.getParameters().get("bias").getArray();
    }

    /** Image features float32 [b, queries, width] -> embeddings float32 [b, queries, hidden]. */
    public NDArray project(NDArray features, boolean training) {
        return projection.forward(store, new NDList(features), training).singletonOrThrow();
    }

    /**
     * The loss of a batch; its gradient goes into the projection, added to what is there.
     *
     * @param features of {@link Backbone#features}
     * @param collector the step's open collector
     * @param scale factor on the gradient: loss scale over the number of labels to average over
     * @return cross entropy summed over the labels of the batch
     */
    public double backward(
            NDArray features, TextBatch text, GradientCollector collector, double scale) {
        NDArray projected = project(features, true);
        NDArray embeds = inputsEmbeds(projected, text);
        NDManager step = features.getManager();
        LossAndGradient result =
                backbone.llama()
                        .loss(embeds, step.create(text.rows()), step.create(text.labels()), scale);
        long start = text.prefix().length / text.size();
        NDIndex image = new NDIndex(":, {}:{}, :", start, start + text.queries());
        NDArray gradient = result.gradient().get(image).toType(DataType.FLOAT32, true);
        // The sum of x * g has the gradient g with respect to x.
        collector.backward(projected.mul(gradient.duplicate()).sum());
        return result.loss().toType(DataType.FLOAT64, false).getDouble();
    }

    /**
     * The loss of a batch, of which nothing is learned.
     *
     * @param features of {@link Backbone#features}
     * @return cross entropy summed over the labels of the batch
     */
    public double loss(NDArray features, TextBatch text) {
        NDManager step = features.getManager();
        NDArray embeds = inputsEmbeds(project(features, false), text);
        NDArray loss =
                backbone.llama().loss(embeds, step.create(text.rows()), step.create(text.labels()));
        return loss.toType(DataType.FLOAT64, false).getDouble();
    }

    /** The sequence of a batch as the language model takes it, [b, tokens, hidden]. */
    public NDArray inputsEmbeds(NDArray projected, TextBatch text) {
        NDManager step = projected.getManager();
        int b = text.size();
        NDArray before = step.create(text.prefix(), new Shape(b, text.prefix().length / b));
        NDArray after = step.create(text.suffix(), new Shape(b, text.suffix().length / b));
        return backbone.llama().inputsEmbeds(projected, before, after);
    }

    /** The gradient that the backward passes added up, set back to zero. */
    public ProjectionValues takeGradient() {
        return new ProjectionValues(take(weight()), take(bias()));
    }

    private float[] take(NDArray parameter) {
        try (NDArray gradient = parameter.getGradient()) {
            float[] values = read(gradient);
            backbone.kernels().callOne(manager, "zero", gradient).close();
            return values;
        }
    }

    /**
     * An array's values. DJL leaves the host's copy of a GPU's array to a new manager below the
     * array's own, which here lives as long as the model; so another handle is read, whose manager
     * ends.
     */
    private float[] read(NDArray array) {
        try (NDManager scratch = manager.newSubManager()) {
            int float32 = ComputePrecision.FP32.scalarType();
            return backbone.kernels().callOne(scratch, "to_dtype", array, float32).toFloatArray();
        }
    }

    /**
     * Logits of every place of a batch, for inference.
     *
     * @param inputs images float32 [b, 3, side, side], token ids before the image and after it,
     *     int64
     */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> parameters) {
        NDArray features = backbone.features(inputs.getManager(), inputs.get(0));
        NDArray embeds =
                backbone.llama()
                        .inputsEmbeds(project(features, false), inputs.get(1), inputs.get(2));
        return backbone.llama().forward(parameterStore, new NDList(embeds), false);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        long tokens = inputs[1].get(1) + backbone.qformer().dims().queries() + inputs[2].get(1);
        return new Shape[] {new Shape(inputs[0].get(0), tokens, backbone.llama().dims().vocab())};
    }

    /** Frees the projection; the backbone stays. */
    @Override
    public void close() {
        manager.close();
    }
}
