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
 * A checkpoint as upstream's training writes it, {@code torch.save} of {@code {model, optimizer,
 * config, scaler, epoch}}: of the model what learns (and some buffers, which are skipped and not
 * written), the state of torch's AdamW, the merged configuration, the GradScaler's state or None.
 * The published {@code pretrained_minigpt4.pth} are such files.
 *
 * @param model the trained tensors by upstream's keys, in its order: the projection, and before it
 *     the Q-Former where that was trained
 * @param optimizer empty in a file stripped to its weights
 * @param scaler empty where training ran without automatic mixed precision
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

    /** AdamW's state of each tensor that learned, by its key and in the order of {@link #model}. */
    public record Optimizer(Map<String, Slot> slots) {}

    /** What AdamW keeps for one parameter, and the hyperparameters of its group. */
    public record Slot(long step, TorchTensor expAvg, TorchTensor expAvgSq, Group group) {}

    /** The hyperparameters of a group as of its last step. */
    public record Group(double lr, double beta1, double beta2, double eps, double weightDecay) {}

    /** The state of torch's GradScaler. */
    public record Scaler(
            double scale,
            double growthFactor,
            double backoffFactor,
            long growthInterval,
            long growthTracker) {}

    /** What upstream's runner looks for anywhere in a name. */
    private static final Pattern UNDECAYED = Pattern.compile("bias|ln|bn");

    /**
     * Whether upstream's weight decay acts on a tensor: it leaves out what has fewer than two axes,
     * and what has {@code bias}, {@code ln} or {@code bn} in its name.
     */
    public static boolean decays(String name, int axes) {
        return axes >= 2 && !UNDECAYED.matcher(name).find();
    }

    /** The keys in the order in which upstream's optimizer numbers them: those that decay first. */
    static List<String> numbered(Map<String, TorchTensor> learns) {
        List<String> keys = new ArrayList<>(learns.keySet());
        keys.sort(
                Comparator.comparing(
                        key -> !decays(key, learns.get(key).shape().length))); // stable
        return keys;
    }

    /** The projection's weight, [hidden of the LLM, hidden of the Q-Former]. */
    public TorchTensor weight() {
        return model.get(WEIGHT);
    }

    /** The projection's bias, [hidden of the LLM]. */
    public TorchTensor bias() {
        return model.get(BIAS);
    }

    /**
     * Reads such a file. Its tensors stay valid for good; they are mapped, not copied.
     *
     * @throws org.minigpt4j.UsageException if the file is another, or damaged
     */
    public static MiniGpt4Pth read(Path path) {
        try (TorchFile file = TorchFile.open(path)) {
            return new MiniGpt4PthReader(path.toString()).read(file.tree());
        }
    }

    /** Writes the file, whole or not at all, so that upstream and torch.load read it. */
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

    /** The keys of torch 1.12 and 1.13; later versions fill in theirs. */
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
