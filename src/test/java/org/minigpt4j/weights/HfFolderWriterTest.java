package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class HfFolderWriterTest {
    @TempDir Path folder;

    @Test
    void writesShardsThatReadBackAsTheSameModel() throws IOException {
        long total = 0;
        long most;
        try (TensorSource golden = TensorSource.open(Goldens.path("weights/llama_fp32"))) {
            for (TensorInfo info : golden.tensors().values()) {
                total += info.byteLength();
            }
            most = total / 3;
            write(golden, folder, most);
            try (TensorSource written = TensorSource.open(folder)) {
                TorchFileTest.assertSameTensors(golden, written);
            }
            JsonObject index =
                    JsonParser.parseString(
                                    Files.readString(
                                            folder.resolve("model.safetensors.index.json")))
                            .getAsJsonObject();
            assertEquals(total, index.getAsJsonObject("metadata").get("total_size").getAsLong());
        }
        int shards = 0;
        try (var files = Files.newDirectoryStream(folder, "model-*.safetensors")) {
            for (Path file : files) {
                shards++;
                try (TensorSource shard = TensorSource.open(file)) {
                    assertEquals(Map.of("format", "pt"), shard.metadata());
                    long bytes =
                            shard.tensors().values().stream()
                                    .mapToLong(TensorInfo::byteLength)
                                    .sum();
                    assertTrue(bytes <= most || shard.tensors().size() == 1, file + " " + bytes);
                }
            }
        }
        assertTrue(shards >= 3);
    }

    @Test
    void writesOneFileWhereThatIsEnough() throws IOException {
        try (TensorSource golden = TensorSource.open(Goldens.path("weights/llama_fp16"))) {
            write(golden, folder, HfFolderWriter.SHARD_BYTES);
            assertEquals(List.of(folder.resolve("model.safetensors")), list());
            try (TensorSource written = TensorSource.open(folder)) {
                assertEquals(golden.tensors().keySet(), written.tensors().keySet());
            }
            String message =
                    assertThrows(UsageException.class, () -> write(golden, folder, 1)).getMessage();
            assertTrue(message.contains("already contains weights"), message);
        }
    }

    @Test
    void leavesNothingOfAHalfWrittenModel() throws IOException {
        var a = new TensorInfo("a", DType.U8, new long[] {4});
        var b = new TensorInfo("b", DType.U8, new long[] {4});
        var none = new TensorInfo("none", DType.U8, new long[] {0});
        try (var writer = HfFolderWriter.create(folder, List.of(a, b, none), 4)) {
            writer.write("a", ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
            assertEquals(1, list().size(), "a shard appears with its last byte");
            writer.write("b", ByteBuffer.allocate(3));
            assertThrows(IllegalStateException.class, writer::commit);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.write("a", ByteBuffer.allocate(1)));
        }
        assertEquals(List.of(), list());
    }

    @Test
    void refusesTwoTensorsOfOneName() {
        var a = new TensorInfo("a", DType.U8, new long[] {4});
        assertThrows(
                IllegalArgumentException.class,
                () -> HfFolderWriter.create(folder, List.of(a, a), 4));
    }

    private static void write(TensorSource source, Path folder, long most) {
        try (var writer = HfFolderWriter.create(folder, source.tensors().values(), most)) {
            source.tensors().keySet().forEach(key -> writer.write(key, source.read(key)));
            writer.commit();
        }
    }

    private List<Path> list() throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }
}
