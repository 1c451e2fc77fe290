package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.Resources;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Files that Python wrote, see {@code make.py} beside them, and the goldens. */
class TorchFileTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tree_protocol2.pth", "tree_protocol4.pth", "deflated.pth"})
    void readsEveryDTypeAndEveryView(String name) {
        try (TensorSource torch = TensorSource.open(Resources.path("torch/" + name));
                TensorSource plain =
                        TensorSource.open(Resources.path("torch/tensors.safetensors"))) {
            assertSameTensors(plain, torch);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tree_protocol2.pth", "tree_protocol4.pth", "deflated.pth"})
    void readsEveryPlainValue(String name) {
        try (TorchFile file = TorchFile.open(Resources.path("torch/" + name))) {
            var tree = (Map<?, ?>) file.tree();
            assertTrue(tree.containsKey("nothing"));
            assertNull(tree.get("nothing"));
            assertEquals(List.of(true, false), tree.get("flags"));
            assertSame(tree.get("flags"), tree.get("again"));
            BigInteger big = BigInteger.ONE.shiftLeft(70);
            assertEquals(
                    PyTuple.of(
                            0L,
                            -1L,
                            255L,
                            65535L,
                            65536L,
                            -(1L << 31),
                            Long.MAX_VALUE,
                            big,
                            big.negate(),
                            1e-8,
                            Double.POSITIVE_INFINITY),
                    tree.get("numbers"));
            assertEquals("Zeichen é \uD83D\uDE00", tree.get("text"));
            assertEquals("x".repeat(300), tree.get("long_text"));
            assertEquals(PyTuple.of(2L, 3L), tree.get("size"));
            assertEquals("torch.bfloat16", tree.get("dtype"));
            assertEquals("cuda:1", tree.get("device"));
            assertEquals(Set.of(1L, "a"), tree.get("chosen"));
            assertEquals(
                    Map.of(
                            "list",
                            List.of(List.of(), Map.of(), PyTuple.of()),
                            3L,
                            Map.of("x", 1.5)),
                    tree.get("nested"));
            assertEquals(PyTuple.of(1L), tree.get("one"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"eva_vit_g", "blip2_pretrained_flant5xxl"})
    void goldenPicklesEqualTheirSafetensorsTwins(String name) {
        try (TensorSource torch = TensorSource.open(Goldens.path("weights/" + name + ".pth"));
                TensorSource plain =
                        TensorSource.open(Goldens.path("weights/" + name + ".safetensors"))) {
            assertSameTensors(plain, torch);
        }
    }

    @Test
    void mapsAStoredTensorInsteadOfCopyingIt() {
        try (TensorSource torch = TensorSource.open(Goldens.path("weights/eva_vit_g.pth"))) {
            for (String key : torch.tensors().keySet()) {
                ByteBuffer bytes = torch.read(key);
                assertTrue(bytes.isDirect() && bytes.isReadOnly(), key);
            }
        }
    }

    @Test
    void whatWasReadOutlivesTheFile() {
        Path file = Goldens.path("weights/eva_vit_g.pth");
        TensorSource torch = TensorSource.open(file);
        String key = torch.tensors().keySet().iterator().next();
        ByteBuffer early = torch.read(key);
        torch.close();
        try (TensorSource again = TensorSource.open(file)) {
            assertEquals(again.read(key), early);
        }
    }

    /** A zip64 archive of 5 GiB that is nearly all a hole, so it takes no room on the disk. */
    @Test
    void readsZip64AndTensorsBeyondFourGiB() throws IOException {
        long hole = 5L << 30;
        byte[] pickle =
                new PickleProgram()
                        .op('}', '(')
                        .text("in the hole")
                        .tensor("ByteStorage", "0", hole, hole - 3, new long[] {3}, new long[] {1})
                        .text("behind it")
                        .tensor("HalfStorage", "1", 2, 0, new long[] {2}, new long[] {1})
                        .op('u')
                        .stop();
        Path file = folder.resolve("large.pth");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            var zip = new Zip64(channel);
            zip.add("a/data.pkl", pickle.length, pickle);
            zip.add("a/data/0", hole, new byte[0]);
            zip.add("a/data/1", 4, new byte[] {1, 2, 3, 4});
            zip.finish();
        }
        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(ByteBuffer.wrap(new byte[3]), source.read("in the hole"));
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), source.read("behind it"));
        }
    }

    static void assertSameTensors(TensorSource expected, TensorSource actual) {
        assertFalse(expected.tensors().isEmpty());
        assertEquals(expected.tensors().keySet(), actual.tensors().keySet());
        expected.tensors()
                .forEach(
                        (key, info) -> {
                            assertEquals(info, actual.tensors().get(key));
                            ByteBuffer bytes = actual.read(key);
                            assertEquals(ByteOrder.LITTLE_ENDIAN, bytes.order());
                            assertTrue(bytes.isDirect(), key);
                            assertEquals(expected.read(key), bytes, key);
                        });
    }
}
