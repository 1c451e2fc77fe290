package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the parts of a {@link MiniGpt4Pth} in a tree, or reports which one is missing or wrong. */
final class MiniGpt4PthReader {
    /** Keys of tensors that can be trained; {@code inv_freq} of the LLM is a buffer. */
    private static final Pattern TRAINED =
            Pattern.compile("llama_proj\\.|Qformer\\.|query_tokens$");

    /** The weight of one of several layers of a projection. */
    private static final Pattern LAYER = Pattern.compile("(llama_proj\\.\\d+\\.)weight");

    private final String file;

    MiniGpt4PthReader(String file) {
        this.file = file;
    }

    MiniGpt4Pth read(Object tree) {
        Map<?, ?> root = dict(tree, "its root");
        Map<?, ?> model = dict(root.get("model"), "model", root);
        List<String> layers =
                model.keySet().stream()
                        .map(key -> LAYER.matcher(String.valueOf(key)))
                        .filter(Matcher::matches)
                        .map(key -> key.group(1))
                        .toList();
        (layers.isEmpty() ? List.of("llama_proj.") : layers)
                .forEach(layer -> requireLayer(model, layer + "weight", layer + "bias"));
        Map<String, TorchTensor> trained = trained(model);
        Optional<MiniGpt4Pth.Optimizer> optimizer = Optional.empty();
        if (root.get("optimizer") != null) {
            optimizer = Optional.of(optimizer(dict(root.get("optimizer"), "optimizer"), trained));
        }
        Map<?, ?> config =
                root.get("config") == null ? Map.of() : dict(root.get("config"), "config");
        long epoch = root.get("epoch") == null ? 0 : number(root.get("epoch"), "epoch").longValue();
        return new MiniGpt4Pth(
                trained, optimizer, scaler(root.get("scaler")), plain(config), epoch);
    }

    private void requireLayer(Map<?, ?> model, String weightKey, String biasKey) {
        TorchTensor weight = tensor(model.get(weightKey), weightKey, 2);
        TorchTensor bias = tensor(model.get(biasKey), biasKey, 1);
        if (weight.shape()[0] != bias.shape()[0]) {
            throw wrong(
                    "%s %s does not fit %s %s"
                            .formatted(
                                    weightKey,
                                    Arrays.toString(weight.shape()),
                                    biasKey,
                                    Arrays.toString(bias.shape())));
        }
    }

    /** The projection, and the part of the Q-Former in the file without its integer buffer. */
    private Map<String, TorchTensor> trained(Map<?, ?> model) {
        Map<String, TorchTensor> trained = new LinkedHashMap<>();
        model.forEach(
                (key, value) -> {
                    if (TRAINED.matcher(String.valueOf(key)).lookingAt()
                            && value instanceof TorchTensor tensor
                            && tensor.dtype().isFloat()) {
                        trained.put((String) key, tensor(tensor, (String) key, -1));
                    }
                });
        return trained;
    }

    /**
     * The parameters are numbered group by group. If there are two, they are the projection's, and
     * their shapes identify them. If there are more, they are all trained tensors, in the order of
     * upstream's runner.
     */
    private MiniGpt4Pth.Optimizer optimizer(Map<?, ?> optimizer, Map<String, TorchTensor> trained) {
        Map<?, ?> states = dict(optimizer.get("state"), "optimizer.state");
        List<MiniGpt4Pth.Slot> slots = new ArrayList<>();
        for (Object item : list(optimizer.get("param_groups"), "optimizer.param_groups")) {
            Map<?, ?> group = dict(item, "optimizer.param_groups");
            for (Object id : list(group.get("params"), "optimizer.param_groups.params")) {
                slots.add(slot(states.get(id), group(group), "optimizer.state." + id));
            }
        }
        List<String> keys = MiniGpt4Pth.numbered(trained);
        if (slots.size() == 2 && trained.containsKey(MiniGpt4Pth.WEIGHT)) {
            keys = List.of(MiniGpt4Pth.WEIGHT, MiniGpt4Pth.BIAS);
            slots.sort(Comparator.comparing(slot -> -slot.expAvg().shape().length));
        }
        if (slots.size() != keys.size()) {
            throw wrong(
                    "its optimizer has %d parameters, but its model has %d trained tensors"
                            .formatted(slots.size(), keys.size()));
        }
        Map<String, MiniGpt4Pth.Slot> byKey = new HashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            requireMoments(keys.get(i), slots.get(i), trained.get(keys.get(i)).shape());
            byKey.put(keys.get(i), slots.get(i));
        }
        Map<String, MiniGpt4Pth.Slot> inOrder = new LinkedHashMap<>();
        trained.keySet().stream()
                .filter(byKey::containsKey)
                .forEach(key -> inOrder.put(key, byKey.get(key)));
        return new MiniGpt4Pth.Optimizer(inOrder);
    }

    private void requireMoments(String key, MiniGpt4Pth.Slot slot, long[] shape) {
        for (TorchTensor moment : List.of(slot.expAvg(), slot.expAvgSq())) {
            if (!Arrays.equals(moment.shape(), shape)) {
                throw wrong(
                        "its optimizer has moments %s for %s, which is %s"
                                .formatted(
                                        Arrays.toString(moment.shape()),
                                        key,
                                        Arrays.toString(shape)));
            }
        }
    }

    private MiniGpt4Pth.Slot slot(Object value, MiniGpt4Pth.Group group, String where) {
        Map<?, ?> state = dict(value, where);
        Object step = state.get("step");
        if (step instanceof TorchTensor scalar) {
            if (scalar.shape().length != 0 || scalar.dtype() != DType.F32) {
                throw wrong(where + ".step is not an F32 scalar");
            }
            step = (long) scalar.read().order(ByteOrder.LITTLE_ENDIAN).getFloat();
        }
        return new MiniGpt4Pth.Slot(
                number(step, where + ".step").longValue(),
                tensor(state.get("exp_avg"), where + ".exp_avg", -1),
                tensor(state.get("exp_avg_sq"), where + ".exp_avg_sq", -1),
                group);
    }

    private MiniGpt4Pth.Group group(Map<?, ?> group) {
        if (Boolean.TRUE.equals(group.get("amsgrad"))
                || Boolean.TRUE.equals(group.get("maximize"))) {
            throw wrong("its optimizer ran with amsgrad or maximize, which are not supported");
        }
        if (!(group.get("betas") instanceof PyTuple betas) || betas.items().size() != 2) {
            throw wrong("optimizer.param_groups.betas is not a pair");
        }
        return new MiniGpt4Pth.Group(
                number(group.get("lr"), "optimizer.param_groups.lr").doubleValue(),
                number(betas.items().get(0), "optimizer.param_groups.betas").doubleValue(),
                number(betas.items().get(1), "optimizer.param_groups.betas").doubleValue(),
                number(group.get("eps"), "optimizer.param_groups.eps").doubleValue(),
                number(group.get("weight_decay"), "optimizer.param_groups.weight_decay")
                        .doubleValue());
    }

    /** The value is None without mixed precision, and an empty dict if it was switched off. */
    private Optional<MiniGpt4Pth.Scaler> scaler(Object value) {
        if (value == null || dict(value, "scaler").isEmpty()) {
            return Optional.empty();
        }
        Map<?, ?> scaler = dict(value, "scaler");
        return Optional.of(
                new MiniGpt4Pth.Scaler(
                        number(scaler.get("scale"), "scaler.scale").doubleValue(),
                        number(scaler.get("growth_factor"), "scaler.growth_factor").doubleValue(),
                        number(scaler.get("backoff_factor"), "scaler.backoff_factor").doubleValue(),
                        number(scaler.get("growth_interval"), "scaler.growth_interval").longValue(),
                        number(scaler.get("_growth_tracker"), "scaler._growth_tracker")
                                .longValue()));
    }

    /**
     * The same tree with strings as keys and lists instead of tuples, like the result of a YAML
     * reader.
     */
    private static Map<String, Object> plain(Map<?, ?> dict) {
        var plain = new LinkedHashMap<String, Object>();
        dict.forEach((key, value) -> plain.put(String.valueOf(key), plainValue(value)));
        return plain;
    }

    private static Object plainValue(Object value) {
        if (value instanceof Map<?, ?> dict) {
            return plain(dict);
        }
        Object items = value instanceof PyTuple tuple ? tuple.items() : value;
        if (items instanceof List<?> list) {
            List<Object> plain = new ArrayList<>();
            list.forEach(item -> plain.add(plainValue(item)));
            return plain;
        }
        return items;
    }

    private TorchTensor tensor(Object value, String where, int rank) {
        if (!(value instanceof TorchTensor tensor)
                || !tensor.dtype().isFloat()
                || rank >= 0 && tensor.shape().length != rank) {
            throw wrong(where + " is missing or not a suitable tensor");
        }
        return TorchTensor.of(tensor.dtype(), tensor.shape(), tensor.read());
    }

    private Map<?, ?> dict(Object value, String where, Map<?, ?> parent) {
        if (value instanceof Map<?, ?> dict) {
            return dict;
        }
        throw wrong("it has no dict under %s, but %s".formatted(where, TreeWords.entries(parent)));
    }

    private Map<?, ?> dict(Object value, String where) {
        if (value instanceof Map<?, ?> dict) {
            return dict;
        }
        throw wrong(where + " is not a dict");
    }

    private List<?> list(Object value, String where) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw wrong(where + " is not a list");
    }

    private Number number(Object value, String where) {
        if (value instanceof Number number) {
            return number;
        }
        throw wrong(where + " is not a number");
    }

    private UsageException wrong(String what) {
        return new UsageException(file + ": not a checkpoint of MiniGPT-4: " + what);
    }
}
