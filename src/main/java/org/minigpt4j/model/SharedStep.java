package org.minigpt4j.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.model.kernel.Kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * One step of the language model for several sequences at once, each with its own cache. To read
 * the weights is most of the work of a step, so eight sequences cost little more than one.
 *
 * <p>The logits of a sequence are the same to the last bit whoever shares the step. Attention is
 * computed sequence by sequence. The other products have one row a sequence, are filled up to a few
 * fixed numbers of rows, and a row's result does not depend on the others in it. It may depend on
 * how many rows there are, because libraries choose their loops by that, so the numbers used are
 * those that round alike on this device: found by trying them on the weights.
 */
public final class SharedStep implements AutoCloseable {

    /** A single row goes through loops of its own everywhere. */
    private static final int[] SIZES = {2, 4, 8, 16, 32};

    /** More gain little on a processor, where they also use other loops. */
    private static final int WANTED = 8;

    /** So many logits show a difference: where bfloat16 hides most of it, a few in 10,000 do. */
    private static final long TELLING = 1 << 18;

    /** Enough for models whose vocabulary is so small that their steps cost nothing. */
    private static final int SAMPLES = 48;

    private final Llama llama;
    private final NDManager manager;
    private final Kernel layer;
    private final Kernel rotaryRows;
    private final Kernel room;
    private final NDArray cos;
    private final NDArray sin;
    private final int[] sizes;

    /** Looks which numbers of rows round alike. */
    public SharedStep(Llama llama, NDManager parent) {
        this.llama = llama;
        manager = parent.newSubManager();
        layer = llama.kernel("llama_layer_rows", 5 + llama.layerArguments());
        rotaryRows = llama.kernel("rotary_rows", 2);
        room = llama.kernel("llama_cache", 2);
        cos = llama.rotary().cos(manager, llama.dims().maxPositions());
        sin = llama.rotary().sin(manager, llama.dims().maxPositions());
        sizes = alike();
    }

    /** Most sequences of a step. */
    public int most() {
        return sizes[sizes.length - 1];
    }

    /** The numbers of rows in use, rising. */
    int[] sizes() {
        return sizes.clone();
    }

    /**
     * Reads one token of each sequence.
     *
     * @param caches of one row each, with room for one more place; at most {@link #most}
     * @return logits after the tokens, sequence by sequence
     */
    public float[][] next(List<KeyValueCache> caches, int[] tokens) {
        int rows = Arrays.stream(sizes).filter(size -> size >= tokens.length).findFirst().orElse(0);
        if (rows == 0 || caches.size() != tokens.length) {
            throw new IllegalArgumentException(
                    "%s tokens for %s caches, at most %s"
                            .formatted(
                                    Integer.toString(tokens.length),
                                    Integer.toString(caches.size()),
                                    Integer.toString(most())));
        }
        for (KeyValueCache cache : caches) {
            if (cache.rows() != 1 || cache.length() >= cache.capacity()) {
                throw new IllegalArgumentException("a cache of several rows, or without room");
            }
        }
        try (NDManager step = manager.newSubManager()) {
            long[] ids = new long[rows];
            for (int i = 0; i < tokens.length; i++) {
                ids[i] = tokens[i];
            }
            NDArray x = through(step, caches, llama.embed(step.create(ids, new Shape(rows, 1))));
            float[] all =
                    llama.logits(step, x, step.create(LongStream.range(0, rows).toArray()))
                            .toFloatArray();
            caches.forEach(KeyValueCache::readOne);
            int vocabulary = all.length / rows;
            float[][] logits = new float[tokens.length][];
            for (int row = 0; row < logits.length; row++) {
                logits[row] =
                        Arrays.copyOfRange(all, row * vocabulary, row * vocabulary + vocabulary);
            }
            return logits;
        }
    }

    private NDArray through(NDManager step, List<KeyValueCache> caches, NDArray embeds) {
        long[] starts = caches.stream().mapToLong(KeyValueCache::length).toArray();
        NDArray positions = step.create(Arrays.copyOf(starts, (int) embeds.getShape().get(0)));
        NDArray rowCos = llama.run(step, rotaryRows, cos, positions);
        NDArray rowSin = llama.run(step, rotaryRows, sin, positions);
        return llama.through(
                embeds,
                (index, weights, x) -> {
                    NDList rooms = new NDList();
                    caches.forEach(cache -> rooms.add(cache.room(index)));
                    NDArray y = layer(step, x, rooms, starts, rowCos, rowSin, weights);
                    x.close();
                    return y;
                });
    }

    private NDArray layer(
            NDManager step,
            NDArray x,
            NDList rooms,
            long[] starts,
            NDArray rowCos,
            NDArray rowSin,
            Llama.Layer weights) {
        return llama.run(
                step,
                layer,
                x,
                rooms,
                starts,
                rowCos,
                rowSin,
                weights.weights(),
                llama.dims().heads(),
                llama.dims().rmsEps());
    }

    /** The numbers of rows that give the bits that the wanted one gives. */
    private int[] alike() {
        boolean processor = "cpu".equals(manager.getDevice().getDeviceType());
        List<Integer> alike =
                Arrays.stream(SIZES)
                        .filter(size -> size <= WANTED || !processor)
                        .boxed()
                        .collect(Collectors.toList());
        int most = alike.get(alike.size() - 1);
        int width = llama.dims().hidden();
        SplittableRandom random = new SplittableRandom(1);
        long compared = 0;
        for (int n = 0; n < SAMPLES && compared < TELLING && alike.size() > 1; n++) {
            float[] values = new float[most * width];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextDouble(-2, 2);
            }
            List<float[]> wanted = new ArrayList<>();
            for (int from = 0; from < values.length; from += WANTED * width) {
                wanted.add(sample(Arrays.copyOfRange(values, from, from + WANTED * width)));
            }
            alike.removeIf(
                    size ->
                            size != WANTED
                                    && !agrees(
                                            sample(Arrays.copyOf(values, size * width)),
                                            wanted,
                                            size));
            compared += wanted.get(0).length;
        }
        return alike.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Whether rows came out as they did in runs of the wanted number. */
    private static boolean agrees(float[] got, List<float[]> wanted, int size) {
        int run = wanted.get(0).length;
        int each = run / WANTED;
        for (int from = 0; from < size * each; from += run) {
            int length = Math.min(run, size * each - from);
            if (!Arrays.equals(got, from, from + length, wanted.get(from / run), 0, length)) {
                return false;
            }
        }
        return true;
    }

    /** A layer and the head over rows at different places, each with an empty cache. */
    private float[] sample(float[] values) {
        int width = llama.dims().hidden();
        int rows = values.length / width;
        try (NDManager step = manager.newSubManager()) {
            NDArray none = step.create(new long[0], new Shape(rows, 0));
            NDArray x =
                    llama.inputsEmbeds(step.create(values, new Shape(rows, 1, width)), none, none);
            NDList rooms = new NDList();
            LlamaDims dims = llama.dims();
            for (int row = 0; row < rows; row++) {
                long[] shape = {2, 1, dims.keyValueHeads(), 1, dims.headDim()};
                rooms.add(llama.run(step, room, llama.embedTokens(), shape));
            }
            NDArray at = step.create(LongStream.range(0, rows).map(row -> row % WANTED).toArray());
            NDArray y =
                    layer(
                            step,
                            x,
                            rooms,
                            new long[rows],
                            llama.run(step, rotaryRows, cos, at),
                            llama.run(step, rotaryRows, sin, at),
                            llama.firstLayer());
            NDArray logits =
                    llama.logits(step, y, step.create(LongStream.range(0, rows).toArray()));
            return logits.toFloatArray();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
