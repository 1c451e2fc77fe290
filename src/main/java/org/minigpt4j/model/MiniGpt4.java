package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.minigpt4j.text.TextBatch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * MiniGPT-4: a frozen {@link Backbone} and what learns: the projection from what the Q-Former saw
 * to the language model's embeddings, one linear layer or several with GELU between them, and,
 * where asked for, the Q-Former itself. Several models may share a backbone; each has its own copy
 * of what learns and is used by one thread at a time.
 */
public final class MiniGpt4 extends AbstractBlock implements AutoCloseable {

    private static final byte VERSION = 1;

    private final Backbone backbone;
    private final NDManager manager;
    private final ParameterStore store;
    private final SequentialBlock projection;
    private final Optional<LearningQFormer> learning;
    private final long seed;
    private final TrainableSet trainable;
    private final List<Leaf> leaves = new ArrayList<>();

    /** A model around {@code backbone}, its projection all zeros until {@link #setTrainable}. */
    public MiniGpt4(Backbone backbone) {
        this(backbone, Optional.empty(), 1);
    }

    /**
     * As {@link #MiniGpt4(Backbone)}, with its own Q-Former that learns if {@code tuning}, and with
     * a projection of so many layers.
     */
    public MiniGpt4(Backbone backbone, Optional<QFormerTuning> tuning, int projectionLayers) {
        super(VERSION);
        this.backbone = backbone;
        manager = backbone.manager().newSubManager();
        store = new ParameterStore(manager, false);
        QFormerDims q = backbone.qformer().dims();
        addChildBlock("vit", backbone.vit());
        addChildBlock("qformer", backbone.qformer());
        int hidden = backbone.llama().dims().hidden();
        List<Linear> layers =
                Stream.generate(() -> Linear.builder().setUnits(hidden).build())
                        .limit(projectionLayers)
                        .toList();
        projection = addChildBlock("llama_proj", new SequentialBlock());
        for (Linear layer : layers) {
            if (layer != layers.get(0)) {
                projection.add(Activation::gelu);
            }
            projection.add(layer);
        }
        addChildBlock("llama", backbone.llama());
        projection.initialize(manager, DataType.FLOAT32, new Shape(1, q.queries(), q.width()));
        TrainableSet learns = TrainableSet.projection(hidden, q.width(), projectionLayers);
        learning = tuning.map(how -> new LearningQFormer(backbone, manager, how.dropout()));
        seed = tuning.map(QFormerTuning::seed).orElse(0L);
        learning.ifPresent(own -> leaves.addAll(own.leaves()));
        Iterator<TrainableTensor> tensors = learns.tensors().iterator();
        for (Linear layer : layers) {
            for (String parameter : List.of("weight", "bias")) {
                NDArray array = layer.getParameters().get(parameter).getArray();
                leaves.add(new Leaf(array, List.of(tensors.next().name())));
            }
        }
        trainable = learning.isPresent() ? backbone.qformer().trainable().then(learns) : learns;
    }

    /** A model that learned these; with its own Q-Former if one is among them. */
    public static MiniGpt4 trained(Backbone backbone, TrainableValues trained) {
        boolean tuned = !trained.set().isProjectionAlone();
        MiniGpt4 model =
                new MiniGpt4(
                        backbone,
                        tuned ? Optional.of(new QFormerTuning(0, 0)) : Optional.empty(),
                        trained.set().projectionLayers());
        model.setTrainable(trained);
        return model;
    }

    /** Whether the Q-Former is its own and not the backbone's. */
    public boolean tunesQFormer() {
        return learning.isPresent();
    }

    /** The frozen parts. */
    public Backbone backbone() {
        return backbone;
    }

    /** Memory of this model's own: take a sub-manager of it for each step. */
    public NDManager manager() {
        return manager;
    }

    /** What learns. */
    public TrainableSet trainableSet() {
        return trainable;
    }

    /** The values of what learns. */
    public TrainableValues trainable() {
        TrainableValues values = new TrainableValues(trainable, new float[trainable.length()]);
        leaves.forEach(leaf -> leaf.read(values, manager, backbone.kernels()));
        return values;
    }

    /** Replaces the values of what learns; {@code values} may hold more than that. */
    public void setTrainable(TrainableValues values) {
        leaves.forEach(leaf -> leaf.set(values, manager, backbone.kernels()));
    }

    /**
     * What the frozen parts make of images, a constant to autograd: what the queries see, float32
     * [b, queries, width], or where the Q-Former learns the image encoder's tokens.
     *
     * @param pixels RGB, one byte a value, [b, side, side, 3] in a direct buffer
     */
    public NDArray look(NDManager results, ByteBuffer pixels, int batch) {
        return learning.isPresent()
                ? backbone.tokens(results, pixels, batch)
                : backbone.features(results, pixels, batch);
    }

    /** As {@link #look(NDManager, ByteBuffer, int)} for normalised images [b, 3, side, side]. */
    public NDArray look(NDManager results, NDArray images) {
        return learning.isPresent()
                ? backbone.tokens(results, images)
                : backbone.features(results, images);
    }

    /** What the queries see, float32 [b, queries, width], from a result of {@link #look}. */
    public NDArray features(NDArray looked) {
        return learning.map(own -> own.query(looked, null)).orElse(looked);
    }

    /** Image features float32 [b, queries, width] -> embeddings float32 [b, queries, hidden]. */
    public NDArray project(NDArray features, boolean training) {
        return projection.forward(store, new NDList(features), training).singletonOrThrow();
    }

    /**
     * The loss of a batch; its gradient goes into what learns, added to what is there.
     *
     * @param looked of {@link #look}
     * @param position of the batch in the order of training, which decides its dropouts
     * @param collector the step's open collector
     * @param scale factor on the gradient: loss scale over the number of labels to average over
     * @return cross entropy summed over the labels of the batch
     */
    public double backward(
            NDArray looked,
            TextBatch text,
            long position,
            GradientCollector collector,
            double scale) {
        NDArray features =
                learning.map(own -> own.query(looked, LearningQFormer.dropouts(seed, position)))
                        .orElse(looked);
        NDArray projected = project(features, true);
        NDArray embeds = inputsEmbeds(projected, text);
        NDManager step = looked.getManager();
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
     * @param looked of {@link #look}
     * @return cross entropy summed over the labels of the batch
     */
    public double loss(NDArray looked, TextBatch text) {
        NDManager step = looked.getManager();
        NDArray embeds = inputsEmbeds(project(features(looked), false), text);
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
    public TrainableValues takeGradient() {
        TrainableValues gradient = new TrainableValues(trainable, new float[trainable.length()]);
        leaves.forEach(leaf -> leaf.takeGradient(gradient, manager, backbone.kernels()));
        return gradient;
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
        NDArray features = features(look(inputs.getManager(), inputs.get(0)));
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

    /** Frees what learns; the backbone stays. */
    @Override
    public void close() {
        manager.close();
    }
}
