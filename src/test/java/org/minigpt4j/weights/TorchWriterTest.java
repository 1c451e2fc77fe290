package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.commons.compress.archivers.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Resources;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class TorchWriterTest {
    @TempDir Path folder;

    @Test
    void everyTensorComesBack() {
        Path copy = folder.resolve("copy.pth");
        try (TensorSource golden = TensorSource.open(Resources.path("torch/tensors.safetensors"))) {
            var tree = new LinkedHashMap<String, Object>();
            golden.tensors()
                    .forEach(
                            (key, info) ->
                                    tree.put(
                                            key,
                                            TorchTensor.of(
                                                    info.dtype(), info.shape(), golden.read(key))));
            TorchWriter.write(copy, tree);
            try (TensorSource written = TensorSource.open(copy)) {
                TorchFileTest.assertSameTensors(golden, written);
                for (String key : written.tensors().keySet()) {
                    assertTrue(written.read(key).isReadOnly(), "mapped where it lies: " + key);
                }
            }
        }
    }

    @Test
    void everyPlainValueComesBack() {
        var tree = new LinkedHashMap<Object, Object>();
        tree.put("none", null);
        tree.put("flags", Arrays.asList(true, false, null));
        for (int bits = 0; bits < 64; bits++) {
            tree.put((1L << bits) - 1, -(1L << bits));
        }
        tree.put("big", BigInteger.ONE.shiftLeft(100).negate());
        tree.put("real", List.of(0.1, -0.0, Double.NaN, Double.MIN_VALUE));
        tree.put("text", "\u00e9 \uD83D\uDE00 \u0000");
        tree.put("tuple", PyTuple.of(1L, List.of(), Map.of(), PyTuple.of()));
        tree.put(2.5, "a real key");
        tree.put(null, "under None");
        TorchWriter.write(folder.resolve("tree.pth"), tree);
        try (TorchFile file = TorchFile.open(folder.resolve("tree.pth"))) {
            assertEquals(tree, file.tree());
        }
    }

    @Test
    void sameTreeGivesTheSameBytes() throws IOException {
        Map<String, Object> tree = Map.of("step", TorchTensor.scalar(3));
        TorchWriter.write(folder.resolve("a.pth"), tree);
        TorchWriter.write(folder.resolve("b.pth"), tree);
        assertEquals(-1, Files.mismatch(folder.resolve("a.pth"), folder.resolve("b.pth")));
    }

    @Test
    void refusesWhatPythonWouldNotReadAndLeavesNoFile() throws IOException {
        Path file = folder.resolve("no.pth");
        var itself = new ArrayList<Object>();
        itself.add(itself);
        for (Object tree :
                List.of(
                        itself,
                        Map.of(List.of(), 1L),
                        List.of(new Object()),
                        List.of(BigInteger.ONE.shiftLeft(5000)))) {
            assertThrows(IllegalArgumentException.class, () -> TorchWriter.write(file, tree));
        }
        try (var files = Files.list(folder)) {
            assertNull(files.findAny().orElse(null));
        }
    }

    /** Storages lie on 64-byte boundaries, as torch.load(mmap=True) and our own mapping want. */
    @Test
    void alignsStorages() throws IOException {
        Path file = folder.resolve("aligned.pth");
        TorchWriter.write(file, List.of(TorchTensor.scalar(1), TorchTensor.scalar(2)));
        try (var zip = ZipFile.builder().setPath(file).get()) {
            for (String name : List.of("archive/data/0", "archive/data/1")) {
                assertNotNull(zip.getEntry(name));
                assertEquals(0, zip.getEntry(name).getDataOffset() % 64);
            }
        }
    }
}
