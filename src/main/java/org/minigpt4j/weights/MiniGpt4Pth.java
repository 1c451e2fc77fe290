package org.minigpt4j.weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint as upstream's training writes it, {@code torch.save} of {@code {model, optimizer,
 * config, scaler, epoch}}: of the model what learns (and some buffers, which are passed over and
 * not written), the state of torch's AdamW, the merged configuration, the GradScaler's state or
 * None. The published {@code pretrained_minigpt4.pth} are such files.
 *
 * @param weight {@code llama_proj.weight}, [hidden of the LLM, hidden of the Q-Former]
 * @param bias {@code llama_proj.bias}, [hidden of the LLM]
 * @param optimizer empty in a file stripped to its weights
 * @param scaler empty where training ran without automatic mixed precision
 * @param config nested maps, lists and scalars as in the YAML file
 * @param epoch the epoch that had ended, from 0
 */
public record MiniGpt4Pth(
        TorchTensor weight,
        TorchTensor bias,
        Optional<Optimizer> optimizer,
        Optional<Scaler> scaler,
        Map<String, Object> config,
        long epoch) {

    static final String WEIGHT = "llama_proj.weight";
    static final String BIAS = "llama_proj.bias";

    /** AdamW's state of the two parameters. */
    public record Optimizer(Slot weight, Slot bias) {}

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
        var model = new LinkedHashMap<String, Object>();
        model.put(WEIGHT, weight);
        model.put(BIAS, bias);
        var tree = new LinkedHashMap<String, Object>();
        tree.put("model", model);
        optimizer.ifPresent(state -> tree.put("optimizer", tree(state)));
        tree.put("config", config);
        tree.put("scaler", scaler.map(MiniGpt4Pth::tree).orElse(null));
        tree.put("epoch", epoch);
        TorchWriter.write(path, tree);
    }

    private static Map<String, Object> tree(Optimizer optimizer) {
        var state = new LinkedHashMap<Long, Object>();
        state.put(0L, tree(optimizer.weight));
        state.put(1L, tree(optimizer.bias));
        var tree = new LinkedHashMap<String, Object>();
        tree.put("state", state);
        tree.put(
                "param_groups",
                List.of(tree(optimizer.weight.group, 0), tree(optimizer.bias.group, 1)));
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
    private static Map<String, Object> tree(Group group, long parameter) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("weight_decay", group.weightDecay);
        tree.put("lr", group.lr);
        tree.put("betas", PyTuple.of(group.beta1, group.beta2));
        tree.put("eps", group.eps);
        tree.put("amsgrad", false);
        tree.put("foreach", null);
        tree.put("maximize", false);
        tree.put("capturable", false);
        tree.put("params", List.of(parameter));
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
