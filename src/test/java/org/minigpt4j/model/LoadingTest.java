package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.minigpt4j.UsageException;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.Float16;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** What {@link WeightLoader} makes of files, good and bad, and what that costs. */
class LoadingTest {

    private static final VitDims VIT = VitDims.of(28, 14, 24, 1, 2, 2);
    private static final QFormerDims QFORMER = new QFormerDims(3, 12, 2, 2, 20, 2, 24);
    private static final LlamaDims LLAMA = new LlamaDims(32, 2, 4, 48, 50, 1e-6, 64);

    @TempDir Path folder;

    private final List<String> read = new ArrayList<>();

    @BeforeEach
    void nothingReadYet() {
        read.clear();
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16", "F64"})
    void aFileOfAnyPrecisionGivesTheValuesOfItsFloat32Twin(DType dtype) {
        for (FrozenBlock declared : List.of(vit(VIT), new QFormer(QFORMER, null), llama(LLAMA))) {
            Map<String, float[]> expected = load(declared, write(declared, DType.F32));
            Map<String, float[]> actual = load(declared, write(declared, dtype));
            assertEquals(expected.keySet(), actual.keySet());
            assertTrue(expected.values().stream().anyMatch(v -> v[0] != 0));
            expected.forEach((key, values) -> assertArrayEquals(values, actual.get(key), key));
        }
    }

    @Test
    void fusedWeightsHoldTheirPartsInOrderAndZerosWhereTheFileHasNone() {
        Path file = write(vit(VIT), DType.F16);
        Map<String, float[]> loaded = load(vit(VIT), file);
        float[] bias = loaded.get("blocks.0.attn.{q_bias,0,v_bias}");
        for (int i = 0; i < VIT.width(); i++) {
            assertEquals(value("blocks.0.attn.q_bias", i), bias[i]);
            assertEquals(0, bias[VIT.width() + i]);
            assertEquals(value("blocks.0.attn.v_bias", i), bias[2 * VIT.width() + i]);
        }
    }

    @Test
    void aFileOfAnotherWidthIsRefusedUnread() {
        VitDims wide = VitDims.of(28, 14, 36, 1, 2, 2);
        Path file = write(vit(VIT), DType.F16);
        String message = refusal(vit(wide), file);
        assertTrue(message.startsWith("a.yaml:7: model.vit_weights: " + file + ": "), message);
        assertTrue(message.contains("patch_embed.proj.weight"), message);
        assertTrue(message.contains("(24, 3, 14, 14)"), message);
        assertTrue(message.contains("(36, 3, 14, 14)"), message);
        assertTrue(message.lines().count() <= 5, "hundreds of lines: " + message);
    }

    @Test
    void aFileOfAnotherModelIsRefusedUnread() {
        Path file = write(vit(VIT), DType.F16);
        String message = refusal(llama(LLAMA), file);
        assertTrue(message.contains(file.toString()), message);
        assertTrue(message.contains("holds an image encoder (EVA ViT), where a LLaMA"), message);
        Path other = folder.resolve("other.safetensors");
        var tensor = new TensorInfo("x.weight", DType.F16, new long[] {0});
        try (var writer = SafetensorsWriter.create(other, List.of(tensor), Map.of())) {
            writer.commit();
        }
        message = refusal(llama(LLAMA), other);
        assertTrue(
                message.endsWith("holds none of the weights of a LLaMA; it has x.weight"), message);
    }

    @Test
    void aShallowFileLacksTheKeysOfItsLastLayers() {
        Path file = write(llama(new LlamaDims(32, 1, 4, 48, 50, 1e-6, 64)), DType.F16);
        String message = refusal(llama(LLAMA), file);
        assertTrue(message.contains("model.layers.1.input_layernorm.weight"), message);
        assertTrue(!message.contains("model.layers.0."), message);
    }

    @Test
    void tensorsThatNobodyAsksForAreNotRead() {
        Path file = write(vit(VitDims.of(28, 14, 24, 2, 2, 2)), DType.F16);
        load(vit(VIT), file);
        assertTrue(!read.isEmpty() && read.stream().noneMatch(key -> key.startsWith("blocks.1.")));
    }

    /** Whatever the file's type, fused weights included. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "F16", "BF16"})
    void loadingHoldsNoMoreThanOneTensorAboveWhatStays(DType dtype) {
        Path file = write(llama(LLAMA), dtype);
        try (Backbone backbone = backbone();
                TensorSource source = TensorSource.open(file)) {
            int before = backbone.manager().getManagedArrays().size();
            List<Long> above = new ArrayList<>();
            TensorSource counted =
                    new Counted(
                            source,
                            key -> {
                                Llama llama = backbone.llama();
                                long filled =
                                        llama.getDirectParameters().values().stream()
                                                .filter(Parameter::isInitialized)
                                                .count();
                                // one array stands for the scales of all weights without one
                                above.add(
                                        backbone.manager().getManagedArrays().size()
                                                - before
                                                - filled
                                                - 1);
                            });
            backbone.loader(ComputePrecision.FP32, false, (key, bytes) -> {})
                    .load(backbone.llama(), counted, "test");
            // the one beside them is the weight being put together, which stays
            assertTrue(above.stream().allMatch(n -> n <= 1), "arrays held while reading: " + above);
        }
    }

    /**
     * An F32 tensor of a CPU model could be a view of the mapped file, which then must not change.
     */
    @Test
    void loadedWeightsAreCopiesOfTheFile() {
        for (FrozenBlock declared : List.of(vit(VIT), new QFormer(QFORMER, null), llama(LLAMA))) {
            Path file = write(declared, DType.F32);
            Map<String, float[]> expected = load(declared, file);
            Map<String, float[]> actual = load(declared, file, () -> overwrite(file));
            expected.forEach((key, values) -> assertArrayEquals(values, actual.get(key), key));
        }
    }

    @Test
    void aFileOfAnotherPartSaysWhoseItIs() {
        String message = refusal(vit(VIT), write(new QFormer(QFORMER, null), DType.F16));
        assertTrue(message.startsWith("a.yaml:7: model.vit_weights: " + folder), message);
        assertTrue(
                message.endsWith(
                        "holds a Q-Former, where an image encoder (EVA ViT) is due;"
                                + " model.q_former_model names such a file"),
                message);
        assertTrue(
                refusal(vit(VIT), write(llama(LLAMA), DType.F16)).contains("holds a LLaMA, where"));
        assertTrue(
                refusal(llama(LLAMA), write(vit(VIT), DType.F16))
                        .contains("holds an image encoder (EVA ViT), where a LLaMA is due"));
    }

    @Test
    void aFileOfOtherSizesSaysThemOnceInsteadOfEachTensor() {
        String message =
                refusal(
                        vit(VitDims.of(28, 14, 32, 2, 2, 2)),
                        write(vit(VitDims.of(28, 14, 24, 1, 2, 2)), DType.F16));
        assertTrue(
                message.contains(
                        ": the file has width 24 where model.vit.width asks for 32; depth 1 where"
                                + " model.vit.depth asks for 2; MLP width 48 where"
                                + " model.vit.mlp_ratio asks for 64"),
                message);
        message =
                refusal(
                        llama(new LlamaDims(64, 2, 4, 48, 51, 1e-6, 64)),
                        write(llama(LLAMA), DType.F16));
        assertTrue(message.contains("width 32 where hidden_size asks for 64"), message);
        assertTrue(message.contains("vocabulary 50 where vocab_size asks for 51"), message);
    }

    private static void overwrite(Path file) {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate((int) channel.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static EvaVit vit(VitDims dims) {
        return new EvaVit(dims, null);
    }

    private static Llama llama(LlamaDims dims) {
        return new Llama(dims, false, null);
    }

    private static Backbone backbone() {
        return new Backbone(Device.cpu(), VIT, QFORMER, LLAMA, false);
    }

    private Map<String, float[]> load(FrozenBlock declared, Path file) {
        return load(declared, file, () -> {});
    }

    private Map<String, float[]> load(FrozenBlock declared, Path file, Runnable before) {
        try (Backbone backbone = backbone();
                TensorSource source = new Counted(TensorSource.open(file), read::add)) {
            FrozenBlock block =
                    declared instanceof EvaVit
                            ? backbone.vit()
                            : declared instanceof QFormer ? backbone.qformer() : backbone.llama();
            backbone.loader(ComputePrecision.FP32, false, (key, bytes) -> {})
                    .load(block, source, "test");
            before.run();
            Map<String, float[]> values = new HashMap<>();
            for (Parameter parameter : block.getDirectParameters().values()) {
                NDArray array = parameter.getArray();
                values.put(parameter.getName(), array.toFloatArray());
            }
            return values;
        }
    }

    private String refusal(FrozenBlock block, Path file) {
        try (Backbone backbone = backbone();
                TensorSource source = new Counted(TensorSource.open(file), read::add)) {
            WeightLoader loader = backbone.loader(ComputePrecision.FP32, false, (key, bytes) -> {});
            String message =
                    assertThrows(
                                    UsageException.class,
                                    () -> loader.load(block, source, "a.yaml:7: model.vit_weights"))
                            .getMessage();
            assertEquals(List.of(), read, "tensors read of a file that does not fit");
            return message;
        }
    }

    /** A file with every tensor of a block, of values that all types hold exactly. */
    private Path write(FrozenBlock block, DType dtype) {
        List<TensorInfo> tensors =
                RandomWeights.tensors(block).stream()
                        .map(info -> new TensorInfo(info.key(), dtype, info.shape()))
                        .toList();
        Path file = folder.resolve(block.getClass().getSimpleName() + dtype + ".safetensors");
        try (var writer = SafetensorsWriter.create(file, tensors, Map.of())) {
            for (TensorInfo info : tensors) {
                ByteBuffer bytes =
                        ByteBuffer.allocate((int) info.byteLength()).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < info.elements(); i++) {
                    put(bytes, dtype, value(info.key(), i));
                }
                writer.write(info.key(), bytes.flip());
            }
            writer.commit();
        }
        return file;
    }

    private static void put(ByteBuffer bytes, DType dtype, float value) {
        switch (dtype) {
            case F64 -> bytes.putDouble(value);
            case F32 -> bytes.putFloat(value);
            case F16 -> bytes.putShort(Float16.fromFloat(value));
            default -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
    }

    /** A multiple of 1/64 up to one: eight bits hold it. */
    private static float value(String key, int i) {
        return (new SplittableRandom(key.hashCode() * 31L + i).nextInt(128) - 64) / 64f;
    }

    /** Tells of every tensor whose bytes are asked for. */
    private record Counted(TensorSource source, Consumer<String> reads) implements TensorSource {

        @Override
        public Map<String, TensorInfo> tensors() {
            return source.tensors();
        }

        @Override
        public ByteBuffer read(String key) {
            reads.accept(key);
            return source.read(key);
        }

        @Override
        public String fileOf(String key) {
            return source.fileOf(key);
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
