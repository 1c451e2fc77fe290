package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.nn.Parameter;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.weights.SafetensorsWriter;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The 8-bit weights that {@code model.int8_folder} keeps. */
class Int8CopyTest {

    private static final VitDims VIT = VitDims.of(28, 14, 24, 1, 2, 2);
    private static final QFormerDims QFORMER = new QFormerDims(3, 12, 2, 2, 20, 2, 24);
    private static final LlamaDims LLAMA = new LlamaDims(32, 2, 4, 48, 50, 1e-6, 64);

    @TempDir Path folder;

    private Path copies;
    private Path weights;

    @BeforeEach
    void weights() {
        copies = folder.resolve("kept/here");
        weights = folder.resolve("vicuna/model.safetensors");
        write(0);
    }

    @Test
    void aSecondLoadTakesTheCopyAndGivesTheSameBits() throws IOException {
        Map<String, byte[]> without = load(null);
        Map<String, byte[]> first = load(copies);
        Path copy = copy();
        assertTrue(copy.getFileName().toString().startsWith("vicuna-int8-"), copy.toString());
        assertSame(without, first);
        spoil(copy); // so that it shows where the second load reads
        Map<String, byte[]> second = load(copies);
        assertFalse(same(without, second), "the copy was not read");
    }

    @Test
    void theCopyHoldsForWeightsThatWereMovedOrTouched() throws IOException {
        load(copies);
        spoil(copy());
        Files.setLastModifiedTime(weights, FileTime.from(Instant.EPOCH));
        assertFalse(same(load(null), load(copies)), "the copy was made anew");
    }

    @Test
    void otherWeightsReplaceTheCopy() throws IOException {
        Map<String, byte[]> before = load(copies);
        write(1);
        Map<String, byte[]> without = load(null);
        assertFalse(same(before, without));
        assertSame(without, load(copies));
        assertSame(without, load(copies));
        copy();
    }

    @Test
    void aCopyCutShortIsMadeAnew() throws IOException {
        Map<String, byte[]> first = load(copies);
        Path copy = copy();
        long whole = Files.size(copy);
        try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            channel.truncate(whole - 100);
        }
        assertSame(first, load(copies));
        assertEquals(whole, Files.size(copy()));
    }

    /** The only file in the folder. */
    private Path copy() throws IOException {
        try (var files = Files.list(copies)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all.toString());
            return all.get(0);
        }
    }

    /** Other numbers in the last bytes, which are int8 rows and the hash of the source. */
    private static void spoil(Path copy) throws IOException {
        byte[] bytes = Files.readAllBytes(copy);
        for (int i = bytes.length - 200; i < bytes.length - 100; i++) {
            bytes[i] ^= 1;
        }
        Files.write(copy, bytes);
    }

    private Map<String, byte[]> load(Path copies) {
        try (Backbone backbone = new Backbone(Device.cpu(), VIT, QFORMER, LLAMA, false);
                TensorSource source = TensorSource.open(weights)) {
            WeightLoader loader = backbone.loader(ComputePrecision.FP32, true, (key, bytes) -> {});
            Llama llama = backbone.llama();
            if (copies == null) {
                loader.load(llama, source, "test");
            } else {
                loader.load(llama, source, "test", weights.getParent(), copies);
            }
            Map<String, byte[]> bytes = new TreeMap<>();
            for (Parameter parameter : llama.getDirectParameters().values()) {
                bytes.put(parameter.getName(), parameter.getArray().toByteArray());
            }
            return bytes;
        }
    }

    private void write(int seed) {
        List<TensorInfo> tensors = RandomWeights.tensors(new Llama(LLAMA, false, null));
        try (var writer = SafetensorsWriter.create(weights, tensors, Map.of())) {
            new RandomWeights(seed).write(tensors, writer::write);
            writer.commit();
        }
    }

    private static boolean same(Map<String, byte[]> left, Map<String, byte[]> right) {
        return left.keySet().stream().allMatch(key -> Arrays.equals(left.get(key), right.get(key)));
    }

    private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> actual) {
        expected.forEach((key, bytes) -> assertArrayEquals(bytes, actual.get(key), key));
    }
}
