package org.minigpt4j.nano.parts;

import ai.djl.nn.Parameter;

import org.minigpt4j.model.FrozenBlock;
import org.minigpt4j.model.RandomWeights;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.weights.TensorInfo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * All weights of a part as one vector: the tensors of its file in their order, then those that only
 * its training needs. One vector makes the optimizer one line and a checkpoint three tensors; the
 * kernels see views of it.
 */
final class PartLayout {

    private static final double DEVIATION = 0.04;

    private final List<TensorInfo> file;

    /** Length of each view, in order. */
    private final List<Long> sizes = new ArrayList<>();

    /** The expression for each parameter of the block, and for each further one, by name. */
    private final Map<String, String> views = new LinkedHashMap<>();

    private final List<String> names = new ArrayList<>();
    private final List<long[]> shapes = new ArrayList<>();

    /**
     * Lays out a block.
     *
     * @param extra weights that train with it and are not saved, by name
     */
    PartLayout(FrozenBlock block, Map<String, long[]> extra) {
        file = RandomWeights.tensors(block);
        for (Parameter parameter : block.getDirectParameters().values()) {
            add(parameter.getName(), parameter.getShape().getShape());
        }
        extra.forEach(this::add);
    }

    private void add(String name, long[] shape) {
        long[] kept = shape.clone();
        String whole = "torch.view(w[%s], %s)".formatted(sizes.size(), list(shape));
        if (name.contains("{q_bias,0,v_bias}")) {
            kept[0] = shape[0] / 3 * 2;
            String half = "torch.chunk(w[%s], 2, 0)".formatted(sizes.size());
            whole =
                    "torch.cat([%s[0], torch.zeros([%s]), %s[1]])"
                            .formatted(half, shape[0] / 3, half);
        }
        views.put(name, whole);
        names.add(name);
        shapes.add(kept);
        sizes.add(elements(kept));
    }

    private static long elements(long[] shape) {
        long product = 1;
        for (long side : shape) {
            product *= side;
        }
        return product;
    }

    private static String list(long[] numbers) {
        return java.util.Arrays.toString(numbers);
    }

    /** How many numbers there are. */
    int length() {
        return Math.toIntExact(sizes.stream().mapToLong(Long::longValue).sum());
    }

    /** The line that cuts the vector {@code flat} into what {@link #view} names. */
    String cut() {
        return "    w = torch.split_with_sizes(flat, [%s])\n"
                .formatted(sizes.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }

    /** The expression for a weight of the block. */
    String view(String name) {
        String view = views.get(name);
        if (view == null) {
            throw new IllegalArgumentException("no weight " + name);
        }
        return view;
    }

    /** The expressions for the weights whose names begin so, in order. */
    String viewsOf(String prefix) {
        return views.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .map(Map.Entry::getValue)
                .collect(Collectors.joining(", "));
    }

    /** Tensors of the file, which lie at the start of the vector, one after another. */
    List<TensorInfo> file() {
        return file;
    }

    /** Where training begins. */
    float[] initial(long seed) {
        float[] values = new float[length()];
        int at = 0;
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            boolean bias = name.endsWith("bias") || name.endsWith("_bias}");
            boolean norm = name.matches(".*(norm|LayerNorm|ln_vision)[0-9]*\\.weight");
            RandomStream random = RandomStream.of(seed, i);
            int length = Math.toIntExact(sizes.get(i));
            for (int j = 0; j < length; j++) {
                values[at + j] = bias ? 0 : norm ? 1 : (float) (gaussian(random) * DEVIATION);
            }
            at += length;
        }
        return values;
    }

    /** A draw of the standard normal distribution (Box and Muller, 1958). */
    static double gaussian(RandomStream random) {
        double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
        return radius * Math.cos(2 * Math.PI * random.nextDouble());
    }

    /** 1 for what decays: matrices, but no norms and no biases. */
    float[] decays() {
        float[] values = new float[length()];
        int at = 0;
        for (int i = 0; i < names.size(); i++) {
            int length = Math.toIntExact(sizes.get(i));
            java.util.Arrays.fill(values, at, at + length, shapes.get(i).length > 1 ? 1 : 0);
            at += length;
        }
        return values;
    }
}
