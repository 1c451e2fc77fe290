package org.minigpt4j.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;

import org.minigpt4j.model.kernel.Kernel;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.random.RandomStreamId;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A replica's own copy of the Q-Former, which learns: what {@link QFormer} declares as float32
 * leaves of autograd, except {@code ln_vision}, which stays the backbone's. It computes what {@link
 * QFormer} computes, and in training drops values where BERT does: after the norm of the queries,
 * out of the attention's weights and at the end of each sublayer. Which values is a function of the
 * run's seed and the micro-batch's position in the order of training, so neither the number of
 * replicas nor a restart changes a bit.
 */
final class LearningQFormer {

    private static final int DROPOUTS = 2; // at most, in one kernel
    private static final Parameter[] NONE = {};

    private final QFormer qformer;
    private final Backbone backbone;
    private final double dropout;
    private final Map<Parameter, NDArray> arrays = new LinkedHashMap<>();
    private final Kernel embed;
    private final Kernel selfAttention;
    private final Kernel crossAttention;
    private final Kernel feedForward;

    /**
     * All zeros at first.
     *
     * @param manager owns the leaves
     * @param dropout share of values that is dropped in training
     */
    LearningQFormer(Backbone backbone, NDManager manager, double dropout) {
        this.backbone = backbone;
        this.dropout = dropout;
        qformer = backbone.qformer();
        for (Parameter parameter : qformer.getDirectParameters().values()) {
            if (!qformer.isFixed(parameter)) {
                NDArray array = manager.zeros(parameter.getShape(), DataType.FLOAT32);
                array.setRequiresGradient(true);
                arrays.put(parameter, array);
            }
        }
        QFormer.Layer first = qformer.layers().get(0);
        embed = kernel("qformer_embed_learn", 1 + qformer.embedNorm().length + 3);
        selfAttention = kernel("qformer_self_learn", 1 + first.self().length + 2);
        crossAttention = kernel("qformer_cross_learn", 2 + first.cross().length + 2);
        feedForward = kernel("qformer_feed_forward_learn", 1 + first.feedForward().length + 2);
    }

    private Kernel kernel(String name, int arguments) {
        return backbone.kernels().kernel(name, arguments);
    }

    /** Its arrays, and the tensors in them. */
    List<Leaf> leaves() {
        List<Leaf> leaves = new ArrayList<>();
        arrays.forEach(
                (parameter, array) ->
                        leaves.add(new Leaf(array, KeyPattern.of(parameter.getName()).parts())));
        return leaves;
    }

    /**
     * ViT tokens [b, n, image width] -> what the queries see, float32 [b, queries, width].
     *
     * @param dropouts decides what is dropped; null drops nothing and keeps no graph
     */
    NDArray query(NDArray imageTokens, RandomStream dropouts) {
        NDManager results = imageTokens.getManager();
        try (NDManager host = NDManager.newBaseManager(Device.cpu());
                NDManager device = results.newSubManager()) {
            // A kernel's result cannot be kept by autograd; a copy can.
            NDArray image = qformer.normalized(device, imageTokens).duplicate();
            Pass pass = new Pass(host, device, dropouts);
            NDArray x =
                    pass.run(
                            embed,
                            List.of(),
                            new Parameter[] {qformer.queryTokens()},
                            qformer.embedNorm(),
                            List.of(image));
            for (QFormer.Layer layer : qformer.layers()) {
                x = pass.run(selfAttention, List.of(x), layer.self(), NONE, List.of());
                if (layer.cross() != null) {
                    x = pass.run(crossAttention, List.of(x, image), layer.cross(), NONE, List.of());
                }
                x = pass.run(feedForward, List.of(x), layer.feedForward(), NONE, List.of());
            }
            NDArray seen = dropouts == null ? x.duplicate() : x;
            seen.attach(results);
            return seen;
        }
    }

    /** One forward pass. */
    private final class Pass {
        private final NDManager host;
        private final NDManager device;
        private final RandomStream dropouts;
        private final NDArray real;
        private final long dtype;

        Pass(NDManager host, NDManager device, RandomStream dropouts) {
            this.host = host;
            this.device = device;
            this.dropouts = dropouts;
            dtype = backbone.computeDtype();
            real =
                    host.create(
                            new double[] {
                                qformer.dims().layerNormEps(), dropouts == null ? 0 : dropout
                            });
        }

        NDArray run(
                Kernel kernel,
                List<NDArray> before,
                Parameter[] weights,
                Parameter[] more,
                List<NDArray> after) {
            List<NDArray> arguments = new ArrayList<>(before);
            for (Parameter weight : weights) {
                arguments.add(arrays.get(weight));
            }
            for (Parameter weight : more) {
                arguments.add(arrays.get(weight));
            }
            arguments.addAll(after);
            arguments.add(host.create(whole()));
            arguments.add(real);
            return dropouts == null
                    ? backbone.kernels().callAll(device, kernel, arguments.toArray()).get(0)
                    : backbone.kernels().learn(device, kernel, arguments);
        }

        private long[] whole() {
            long[] whole = new long[2 + 2 * DROPOUTS];
            whole[0] = qformer.dims().heads();
            whole[1] = dtype;
            for (int i = 2; i < whole.length && dropouts != null; i++) {
                whole[i] = dropouts.nextLong() >>> Integer.SIZE;
            }
            return whole;
        }
    }

    /** What decides the dropouts of a micro-batch. */
    static RandomStream dropouts(long seed, long position) {
        return RandomStreamId.DROPOUT.stream(seed, position);
    }
}
