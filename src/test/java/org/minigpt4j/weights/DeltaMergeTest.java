package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;
import org.minigpt4j.weights.DeltaMerge.Version;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

class DeltaMergeTest {
    private static final String NORM = "model.norm.weight";

    @TempDir Path folder;
    private Path base;
    private Path delta;
    private Path out;

    @BeforeEach
    void folders() {
        base = folder.resolve("base");
        delta = folder.resolve("delta");
        out = folder.resolve("out");
    }

    @Test
    void mergesTheGoldenBitForBit() throws IOException {
        Path golden = Goldens.path("delta_v0");
        List<String> heard = new ArrayList<>();
        DeltaMerge.Result result =
                new DeltaMerge(
                                golden.resolve("base"),
                                golden.resolve("delta"),
                                out,
                                Optional.of(Version.V0))
                        .run(info -> heard.add(info.key()));
        try (TensorSource expected =
                        TensorSource.open(golden.resolve("merged_expected.safetensors"));
                TensorSource merged = TensorSource.open(out)) {
            assertEquals(expected.tensors(), merged.tensors());
            for (String key : expected.tensors().keySet()) {
                assertEquals(expected.read(key), merged.read(key), key);
            }
            assertEquals(heard.size(), merged.tensors().size());
        }
        assertEquals(List.of(), result.tokenizer());
        JsonObject from = json(golden.resolve("base/config.json"));
        JsonObject config = json(out.resolve("config.json"));
        assertEquals(from.get("vocab_size").getAsInt() + 1, config.get("vocab_size").getAsInt());
        from.add("vocab_size", config.get("vocab_size"));
        assertEquals(from, config);
        assertTrue(Files.exists(out.resolve("generation_config.json")));
    }

    @Test
    void takesTheTokenizerOfTheDelta() throws IOException {
        model(base, DType.F16, 6, 1);
        model(delta, DType.F16, 7, 2);
        Files.writeString(base.resolve("tokenizer.model"), "of the base");
        Files.writeString(delta.resolve("tokenizer.model"), "of the delta");
        DeltaMerge.Result result = merge(Optional.empty());
        assertEquals(Version.V0, result.version());
        assertEquals(List.of(out.resolve("tokenizer.model")), result.tokenizer());
        assertEquals("of the delta", Files.readString(out.resolve("tokenizer.model")));
    }

    @Test
    void addsAsItIsForTheLaterVersion() throws IOException {
        Map<String, float[]> a = model(base, DType.F32, 6, 1);
        Map<String, float[]> b = model(delta, DType.BF16, 6, 2);
        assertEquals(Version.V1_1, merge(Optional.empty()).version());
        try (TensorSource merged = TensorSource.open(out)) {
            assertFalse(
                    merged.tensors().containsKey("model.layers.0.self_attn.rotary_emb.inv_freq"));
            merged.tensors()
                    .forEach(
                            (key, info) -> {
                                ByteBuffer bytes = merged.read(key);
                                for (int i = 0; i < info.elements(); i++) {
                                    float left = half(a.get(key)[i]);
                                    float right = half(brain(b.get(key)[i]));
                                    assertEquals(
                                            Float16.fromFloat(left + right), bytes.getShort(), key);
                                }
                            });
        }
    }

    @Test
    void refusesTheOtherVersionThanTheVocabulariesSay() throws IOException {
        model(base, DType.F16, 6, 1);
        model(delta, DType.F16, 7, 2);
        assertRefused(Optional.of(Version.V1_1), "6 tokens", "7", "delta of v0, not of v1.1");
        model(delta, DType.F16, 6, 2);
        assertRefused(Optional.of(Version.V0), "delta of v1.1, not of v0", "already merged");
        model(delta, DType.F16, 5, 2);
        assertRefused(Optional.empty(), "6", "5", "swapped");
        model(delta, DType.F16, 9, 2);
        assertRefused(Optional.empty(), "6", "9");
    }

    @Test
    void refusesWholeWeightsInPlaceOfADelta() throws IOException {
        model(base, DType.F16, 6, 1);
        model(delta, DType.F16, 6, 1);
        assertRefused(Optional.empty(), delta.toString(), "whole weights", "without merging");
    }

    @Test
    void namesKeysAndShapesThatDoNotFit() throws IOException {
        model(base, DType.F16, 6, 1);
        Map<String, float[]> values = model(delta, DType.F16, 7, 2);
        values.put(NORM, new float[5]);
        write(delta, DType.F16, values, 7);
        assertRefused(Optional.empty(), NORM + " is [4] in the base and [5] in the delta");
        values.put("extra.weight", values.remove(NORM));
        write(delta, DType.F16, values, 7);
        assertRefused(Optional.empty(), "the delta lacks " + NORM, "the base lacks extra.weight");
        write(delta, DType.F16, Map.of("a", new float[1]), 7);
        assertRefused(Optional.empty(), delta.toString(), "no matrix model.embed_tokens.weight");
    }

    @Test
    void leavesAFolderOfWeightsAlone() throws IOException {
        model(base, DType.F16, 6, 1);
        model(delta, DType.F16, 7, 2);
        out = base;
        assertRefused(Optional.empty(), "already contains weights");
    }

    private DeltaMerge.Result merge(Optional<Version> version) {
        return new DeltaMerge(base, delta, out, version).run(info -> {});
    }

    private void assertRefused(Optional<Version> version, String... words) throws IOException {
        String message = assertThrows(UsageException.class, () -> merge(version)).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
        assertTrue(out == base || Files.notExists(out), "nothing is written");
    }

    private static Map<String, float[]> model(Path folder, DType dtype, int vocabulary, long seed)
            throws IOException {
        Random random = new Random(seed);
        Map<String, float[]> values = new LinkedHashMap<>();
        values.put("lm_head.weight", new float[vocabulary * 4]);
        values.put("model.embed_tokens.weight", new float[vocabulary * 4]);
        values.put("model.layers.0.self_attn.rotary_emb.inv_freq", new float[2]);
        values.put(NORM, new float[4]);
        for (float[] value : values.values()) {
            for (int i = 0; i < value.length; i++) {
                value[i] = (float) random.nextGaussian();
            }
        }
        write(folder, dtype, values, vocabulary);
        return values;
    }

    private static void write(Path folder, DType dtype, Map<String, float[]> values, int vocabulary)
            throws IOException {
        Path file = folder.resolve("model.safetensors");
        Files.deleteIfExists(file);
        List<TensorInfo> infos = new ArrayList<>();
        values.forEach(
                (key, value) -> {
                    boolean matrix = value.length == 4 * vocabulary;
                    long[] shape = matrix ? new long[] {vocabulary, 4} : new long[] {value.length};
                    infos.add(new TensorInfo(key, dtype, shape));
                });
        try (var writer = SafetensorsWriter.create(file, infos, Map.of())) {
            values.forEach((key, value) -> writer.write(key, bytes(dtype, value)));
            writer.commit();
        }
        Files.writeString(
                folder.resolve("config.json"), "{\"vocab_size\": %d}".formatted(vocabulary));
    }

    private static ByteBuffer bytes(DType dtype, float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(values.length * dtype.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (dtype) {
                case F32 -> bytes.putFloat(value);
                case F16 -> bytes.putShort(Float16.fromFloat(value));
                default -> bytes.putShort(BFloat16.fromFloat(value));
            }
        }
        return bytes.flip();
    }

    private static float half(float value) {
        return Float16.toFloat(Float16.fromFloat(value));
    }

    private static float brain(float value) {
        return BFloat16.toFloat(BFloat16.fromFloat(value));
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }
}
