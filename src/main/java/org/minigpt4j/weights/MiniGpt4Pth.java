package org.minigpt4j.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A checkpoint in the format of upstream's training: {@code torch.save} of {@code {model,
 * optimizer, config, scaler, epoch}}. It holds the trained tensors of the model (and some buffers,
 * which are skipped and not written), the state of torch's AdamW, the merged configuration, and the
 * GradScaler's state or None. The published {@code pretrained_minigpt4.pth} files have this format.
 *
 * @param model the trained tensors by upstream's keys, in its order: the Q-Former if it was
 *     trained, then the projection
 * @param optimizer empty in a file reduced to its weights
 * @param scaler empty if training ran without automatic mixed precision
 * @param config nested maps, lists and scalars as in the YAML file
 * @param epoch the epoch that had ended, from 0
 */
public record MiniGpt4Pth(
        Map<String, TorchTensor> model,
        Optional<Optimizer> optimizer,
        Optional<Scaler> scaler,
        Map<String, Object> config,
        long epoch) {

    static final String WEIGHT = "llama_proj.weight";
    static final String BIAS = "llama_proj.bias";

    /** AdamW's state of each trained tensor, by key and in the order of {@link #model}. */
    public record Optimizer(Map<String, Slot> slots) {}

    /** AdamW's state of one parameter, and the hyperparameters of its group. */
    public record Slot(long step, TorchTensor expAvg, TorchTensor expAvgSq, Group group) {}

    /** The hyperparameters of a group at its last step. */
    public record Group(double lr, double beta1, double beta2, double eps, double weightDecay) {}

    /** The state of torch's GradScaler. */
    public record Scaler(
            double scale,
            double growthFactor,
            double backoffFactor,
            long growthInterval,
            long growthTracker) {}

    /** Parts of a name that exclude a tensor from weight decay in upstream's runner. */
    private static final Pattern UNDECAYED = Pattern.compile("bias|ln|bn");

    /**
     * Whether upstream applies weight decay to a tensor. It excludes tensors with fewer than two
     * axes, and those with {@code bias}, {@code ln} or {@code bn} anywhere in the name.
     */
    public static boolean decays(String name, int axes) {
        return axes >= 2 && !UNDECAYED.matcher(name).find();
    }

    /**
     * The keys in the order in which upstream's optimizer numbers them: first those with weight
     * decay.
     */
    static List<String> numbered(Map<String, TorchTensor> learns) {
        List<String> keys = new ArrayList<>(learns.keySet());
        keys.sort(
                Comparator.comparing(
                        key -> !decays(key, learns.get(key).shape().length))); // the sort is stable
        return keys;
    }

    /** The projection's weight, [hidden size of the LLM, hidden size of the Q-Former]. */
    public TorchTensor weight() {
        return model.get(WEIGHT);
    }

    /** The projection's bias, [hidden size of the LLM]. */
    public TorchTensor bias() {
        return model.get(BIAS);
    }

    /**
     * Reads such a file. Its tensors are mapped, not copied, and stay valid.
     *
     * @throws org.minigpt4j.UsageException if the file is damaged or has another format
     */
    public static MiniGpt4Pth read(Path path) {
        try (TorchFile file = TorchFile.open(path)) {
            return new MiniGpt4PthReader(path.toString()).read(file.tree());
        }
    }

    /** Writes the file atomically, in a form that upstream and torch.load read. */
    public void write(Path path) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("model", model);
        optimizer.ifPresent(state -> tree.put("optimizer", tree(state.slots)));
        tree.put("config", config);
        tree.put("scaler", scaler.map(MiniGpt4Pth::tree).orElse(null));
        tree.put("epoch", epoch);
        TorchWriter.write(path, tree);
    }

    private Map<String, Object> tree(Map<String, Slot> slots) {
        var learns = new LinkedHashMap<>(model);
        learns.keySet().retainAll(slots.keySet());
        var state = new LinkedHashMap<Long, Object>();
        var groups = new ArrayList<Object>();
        for (boolean decays : List.of(true, false)) {
            List<Long> numbers = new ArrayList<>();
            Group group = null;
            for (String key : numbered(learns)) {
                if (decays == decays(key, learns.get(key).shape().length)) {
                    group = slots.get(key).group;
                    numbers.add((long) state.size());
                    state.put((long) state.size(), tree(slots.get(key)));
                }
            }
            groups.add(tree(group, numbers));
        }
        var tree = new LinkedHashMap<String, Object>();
        tree.put("state", state);
        tree.put("param_groups", groups);
        return tree;
    }

    private static Map<String, Object> tree(Slot slot) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("step", TorchTensor.scalar(slot.step));
        tree.put("exp_avg", slot.expAvg);
        tree.put("exp_avg_sq", slot.expAvgSq);
        return tree;
    }

    /** The keys of torch 1.12 and 1.13; later versions add theirs with defaults. */
    private static Map<String, Object> tree(Group group, List<Long> parameters) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("weight_decay", group.weightDecay);
        tree.put("lr", group.lr);
        tree.put("betas", PyTuple.of(group.beta1, group.beta2));
        tree.put("eps", group.eps);
        tree.put("amsgrad", false);
        tree.put("foreach", null);
        tree.put("maximize", false);
        tree.put("capturable", false);
        tree.put("params", parameters);
        return tree;
    }

    private static Map<String, Object> tree(Scaler scaler) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("scale", scaler.scale);
        tree.put("growth_factor", scaler.growthFactor);
        tree.put("backoff_factor", scaler.backoffFactor);
        tree.put("growth_interval", scaler.growthInterval);
        tree.put("_growth_tracker", scaler.growthTracker);
        return tree;
    }
}
