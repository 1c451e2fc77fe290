package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.StringReader;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class MiniGpt4PthTest {
    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"stage1_checkpoint_1,stage1_train", "stage2_checkpoint_1,stage2_train"})
    void readsWhatTrainingEndedWith(String checkpoint, String training) {
        MiniGpt4Pth read = read(checkpoint);
        Npz run = Goldens.npz(training + ".npz");
        assertArrayEquals(run.floats("final_weight"), floats(read.weight()));
        assertArrayEquals(run.floats("final_bias"), floats(read.bias()));
        assertArrayEquals(
                new long[] {Goldens.dim("ldim"), Goldens.dim("qdim")}, read.weight().shape());
        assertEquals(1, read.epoch());
        assertTrue(read.scaler().isEmpty());
        MiniGpt4Pth.Optimizer optimizer = read.optimizer().orElseThrow();
        int steps = run.doubles("lr").length;
        double lastRate = run.doubles("lr")[steps - 1];
        for (MiniGpt4Pth.Slot slot :
                List.of(
                        optimizer.slots().get(MiniGpt4Pth.WEIGHT),
                        optimizer.slots().get(MiniGpt4Pth.BIAS))) {
            assertEquals(steps, slot.step());
            assertEquals(lastRate, slot.group().lr(), 1e-15);
            assertEquals(0.9, slot.group().beta1());
            assertEquals(0.999, slot.group().beta2());
            assertEquals(1e-8, slot.group().eps());
        }
        assertEquals(
                ((Map<?, ?>) read.config().get("run")).get("weight_decay"),
                optimizer.slots().get(MiniGpt4Pth.WEIGHT).group().weightDecay());
        assertEquals(0, optimizer.slots().get(MiniGpt4Pth.BIAS).group().weightDecay());
        assertArrayEquals(
                read.weight().shape(), optimizer.slots().get(MiniGpt4Pth.WEIGHT).expAvg().shape());
        assertArrayEquals(
                read.bias().shape(), optimizer.slots().get(MiniGpt4Pth.BIAS).expAvgSq().shape());
        for (float square : floats(optimizer.slots().get(MiniGpt4Pth.WEIGHT).expAvgSq())) {
            assertTrue(square >= 0);
        }
    }

    @Test
    void readsTheConfigurationThatTheLogShows() throws IOException {
        JsonObject logged;
        try (var reader =
                new JsonReader(
                        new StringReader(Files.readString(Goldens.path("stage1_log.txt"))))) {
            logged = JsonParser.parseReader(reader).getAsJsonObject();
        }
        Map<String, Object> config = read("stage1_checkpoint_1").config();
        logged.getAsJsonObject("run").addProperty("output_dir", "");
        @SuppressWarnings("unchecked")
        var run = (Map<String, Object>) config.get("run");
        run.put("output_dir", "");
        assertEquals(logged, new GsonBuilder().serializeNulls().create().toJsonTree(config));
    }

    @Test
    void readsAFileOfAGpuRun() {
        MiniGpt4Pth gpu = read("stage2_checkpoint_1_cudatag");
        MiniGpt4Pth cpu = read("stage2_checkpoint_1");
        assertArrayEquals(floats(cpu.weight()), floats(gpu.weight()));
        MiniGpt4Pth.Scaler scaler = gpu.scaler().orElseThrow();
        assertEquals(new MiniGpt4Pth.Scaler(65536, 2, 0.5, 2000, scaler.growthTracker()), scaler);
        assertTrue(scaler.growthTracker() > 0, () -> scaler.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"stage1_checkpoint_0", "stage2_checkpoint_1_cudatag"})
    void whatIsWrittenIsReadAgain(String name) {
        MiniGpt4Pth golden = read(name);
        Path copy = folder.resolve("copy.pth");
        golden.write(copy);
        MiniGpt4Pth written = MiniGpt4Pth.read(copy);
        assertArrayEquals(floats(golden.weight()), floats(written.weight()));
        assertArrayEquals(floats(golden.bias()), floats(written.bias()));
        assertSame(
                golden.optimizer().get().slots().get(MiniGpt4Pth.WEIGHT),
                written.optimizer().get().slots().get(MiniGpt4Pth.WEIGHT));
        assertSame(
                golden.optimizer().get().slots().get(MiniGpt4Pth.BIAS),
                written.optimizer().get().slots().get(MiniGpt4Pth.BIAS));
        assertEquals(golden.scaler(), written.scaler());
        assertEquals(golden.config(), written.config());
        assertEquals(golden.epoch(), written.epoch());
    }

    /** Key by key and type by type what upstream's runner writes, but for the useless buffers. */
    @Test
    void writesTheTreeThatUpstreamWrites() {
        Path golden = Goldens.path("checkpoints/stage2_checkpoint_1_cudatag.pth");
        Path copy = folder.resolve("copy.pth");
        MiniGpt4Pth.read(golden).write(copy);
        try (TorchFile theirs = TorchFile.open(golden);
                TorchFile ours = TorchFile.open(copy)) {
            var expected = new LinkedHashMap<String, String>();
            flatten("", theirs.tree(), expected);
            expected.keySet().removeIf(key -> key.matches(".*(position_ids|inv_freq)"));
            expected.put("/optimizer/param_groups/1/weight_decay", "Double"); // theirs is int 0
            var actual = new LinkedHashMap<String, String>();
            flatten("", ours.tree(), actual);
            assertEquals(expected, actual);
            assertEquals(
                    List.of("model", "optimizer", "config", "scaler", "epoch"),
                    List.copyOf(((Map<?, ?>) ours.tree()).keySet()));
        }
    }

    @Test
    void readsAFileStrippedToItsWeights() {
        MiniGpt4Pth full = read("stage2_checkpoint_1");
        Path file = folder.resolve("stripped.pth");
        TorchWriter.write(file, Map.of("model", model(full.weight(), full.bias())));
        MiniGpt4Pth read = MiniGpt4Pth.read(file);
        assertEquals(Optional.empty(), read.optimizer());
        assertEquals(Map.of(), read.config());
        read.write(folder.resolve("again.pth"));
        assertEquals(Optional.empty(), MiniGpt4Pth.read(folder.resolve("again.pth")).optimizer());
    }

    @Test
    void saysWhichPartIsMissingOrOdd() {
        MiniGpt4Pth full = read("stage2_checkpoint_1");
        assertRefused(List.of(), "its root is not a dict");
        assertRefused(Map.of("a", 1L), "no dict under model, but the key a (the number 1)");
        assertRefused(Map.of("model", Map.of()), "llama_proj.weight is missing");
        assertRefused(
                Map.of("model", model(full.weight(), TorchTensor.scalar(1))),
                "llama_proj.bias is missing or not a suitable tensor");
        assertRefused(Map.of("model", model(full.weight(), slice(full.bias()))), "does not fit");
        assertRefused(
                Map.of("model", model(full.weight(), full.bias()), "optimizer", Map.of()),
                "optimizer.state is not a dict");
        assertRefused(
                Map.of(
                        "model", model(full.weight(), full.bias()),
                        "optimizer", Map.of("state", Map.of(), "param_groups", List.of())),
                "has 0 parameters, but its model has 2");
        assertRefused(
                Map.of("model", model(full.weight(), full.bias()), "scaler", Map.of("scale", 1L)),
                "scaler.growth_factor is not a number");
        assertRefused(
                Map.of("model", model(full.weight(), full.bias()), "epoch", "one"),
                "epoch is not a number");
        assertThrows(
                UsageException.class,
                () -> MiniGpt4Pth.read(Goldens.path("weights/eva_vit_g.safetensors")));
    }

    private void assertRefused(Object tree, String words) {
        Path file = folder.resolve("odd.pth");
        TorchWriter.write(file, tree);
        String message =
                assertThrows(UsageException.class, () -> MiniGpt4Pth.read(file)).getMessage();
        assertTrue(message.contains(words) && message.contains(file.toString()), message);
    }

    private static Map<String, Object> model(TorchTensor weight, TorchTensor bias) {
        return Map.of("llama_proj.weight", weight, "llama_proj.bias", bias);
    }

    private static TorchTensor slice(TorchTensor vector) {
        long[] shape = {vector.shape()[0] - 1};
        int length = (int) shape[0] * vector.dtype().size();
        return TorchTensor.of(vector.dtype(), shape, vector.read().limit(length));
    }

    private static void assertSame(MiniGpt4Pth.Slot expected, MiniGpt4Pth.Slot actual) {
        assertEquals(expected.step(), actual.step());
        assertEquals(expected.group(), actual.group());
        assertArrayEquals(floats(expected.expAvg()), floats(actual.expAvg()));
        assertArrayEquals(floats(expected.expAvgSq()), floats(actual.expAvgSq()));
    }

    /** Paths to leaves, with what lies there: the type, for tensors the type and shape. */
    private static void flatten(String path, Object value, Map<String, String> leaves) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> flatten(path + "/" + key, item, leaves));
        } else if (value instanceof PyTuple tuple) {
            flatten(path + "(tuple)", tuple.items(), leaves);
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                flatten(path + "/" + i, list.get(i), leaves);
            }
        } else if (value instanceof TorchTensor tensor) {
            leaves.put(path, new TensorInfo("", tensor.dtype(), tensor.shape()).toString());
        } else {
            leaves.put(path, value == null ? "None" : value.getClass().getSimpleName());
        }
    }

    private static float[] floats(TorchTensor tensor) {
        assertEquals(DType.F32, tensor.dtype());
        FloatBuffer buffer = tensor.read().asFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        assertFalse(values.length == 0);
        return values;
    }

    private static MiniGpt4Pth read(String name) {
        return MiniGpt4Pth.read(Goldens.path("checkpoints/" + name + ".pth"));
    }
}
