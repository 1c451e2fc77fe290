package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

class SafetensorsTest {
    @TempDir Path folder;

    @Test
    void readsTensorsWhereTheHeaderPutsThem() throws IOException {
        Path file =
                file(
                        """
                        {"b":{"dtype":"I16","shape":[2],"data_offsets":[4,8]},
                         "a":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},
                         "none":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]},
                         "__metadata__":{"format":"pt"}}\
                        """,
                        1,
                        2,
                        3,
                        4,
                        5,
                        6,
                        7,
                        8);
        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(List.of("a", "b", "none"), List.copyOf(source.tensors().keySet()));
            assertEquals(new TensorInfo("b", DType.I16, new long[] {2}), source.tensors().get("b"));
            assertEquals(Map.of("format", "pt"), source.metadata());
            ByteBuffer b = source.read("b");
            assertTrue(b.isDirect());
            assertEquals(0x0605, b.getShort());
            assertEquals(0x0807, b.getShort());
            assertEquals(0, source.read("none").remaining());
            assertEquals(file.toString(), source.fileOf("a"));
            String message =
                    assertThrows(UsageException.class, () -> source.read("c")).getMessage();
            assertTrue(message.contains("no tensor c") && message.contains(file.toString()));
        }
    }

    @Test
    void alignsATensorThatTheFileDoesNot() throws IOException {
        Path file =
                file(
                        """
                        {"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},
                         "b":{"dtype":"F64","shape":[],"data_offsets":[3,11]}}\
                        """,
                        1,
                        2,
                        3,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0xf0,
                        0x3f);
        try (TensorSource source = TensorSource.open(file)) {
            ByteBuffer b = source.read("b");
            assertEquals(0, b.alignmentOffset(0, 8));
            assertEquals(1.0, b.getDouble());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,3]}}|takes 4 bytes",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,-1]}}|a.shape[0] is"
                        + " -1, but must be",
                "{\"a\":{\"dtype\":\"F64\",\"shape\":[4611686018427387904],"
                        + "\"data_offsets\":[0,0]}}|too large",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[9223372036854775807,"
                        + "-9223372036854775805]}}|data_offsets",
                "{\"a\":{\"dtype\":null,\"shape\":[4],\"data_offsets\":[0,4]}}|a.dtype is null,"
                        + " but",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":null,\"data_offsets\":[0,4]}}|a.shape is null,"
                        + " but",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[2.5],\"data_offsets\":[0,4]}}|a.shape[0] is"
                        + " 2.5",
                "{\"a\":null}|: a is null, but must be an object",
                "{\"__metadata__\":{\"a\":null}}|__metadata__.a is null, but must be text",
                "{\"__metadata__\":[]}|__metadata__ is a list of 0, but must be an object",
                "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[5],\"data_offsets\":[0,5]}}|cut short",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}|cut short",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}|after the last",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}|leaves a gap",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}|overlaps",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                        + "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}|twice",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}|a.data_offsets is missing",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"x\":1,\"data_offsets\":[0,4]}}|unknown field",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[\"4\"],\"data_offsets\":[0,4]}}|a.shape[0] is"
                        + " the text",
                "{\"a\":[]}|: a is a list of 0",
                "{\"__metadata__\":{\"a\":1}}|__metadata__.a is 1, but must be text",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}} {}|not valid JSON",
                "[]|holds a list of 0, but must hold an object",
            })
    void refusesAHeaderThatDoesNotFit(String json, String reason) throws IOException {
        Path file = file(json, 1, 2, 3, 4);
        String message =
                assertThrows(
                                UsageException.class,
                                () -> SafetensorsFile.open(MappedFile.open(file)))
                        .getMessage();
        assertTrue(message.contains(reason) && message.contains(file.toString()), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"F8_E4M3", "I4", "U16", "C64"})
    void aTensorOfAnotherTypeIsSetAsideAndTheOthersAreRead(String type) throws IOException {
        Path file =
                file(
                        """
                        {"__metadata__":null,
                         "odd":{"dtype":"%s","shape":[2,1],"data_offsets":[0,2]},
                         "good":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}\
                        """
                                .formatted(type),
                        1,
                        2,
                        3,
                        4);
        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(Map.of(), source.metadata());
            assertEquals(List.of("good"), List.copyOf(source.tensors().keySet()));
            assertEquals(ByteBuffer.wrap(new byte[] {3, 4}), source.read("good"));
            assertEquals(Map.of("odd", type + " [2, 1]"), source.unread());
            String message =
                    assertThrows(UsageException.class, () -> source.read("odd")).getMessage();
            assertTrue(message.contains("odd is " + type + " [2, 1], a type that is not"), message);
        }
        Path out = folder.resolve("out.pth");
        String message =
                assertThrows(
                                UsageException.class,
                                () -> new Conversion(file, out, Optional.empty()).run(info -> {}))
                        .getMessage();
        assertTrue(message.contains("odd as " + type), message);
        assertTrue(Files.notExists(out));
    }

    @Test
    void writesWhatItReads() throws IOException {
        Path golden = Goldens.path("weights/blip2_pretrained_flant5xxl.safetensors");
        Path copy = folder.resolve("made/copy.safetensors");
        try (TensorSource source = TensorSource.open(golden)) {
            try (var writer =
                    SafetensorsWriter.create(
                            copy, source.tensors().values(), Map.of("a \"b\"", "é\n"))) {
                for (String key : source.tensors().keySet()) {
                    ByteBuffer bytes = source.read(key);
                    int third = bytes.limit() / 3;
                    writer.write(key, bytes.duplicate().limit(third));
                    writer.write(key, bytes.position(third));
                }
                assertTrue(Files.notExists(copy), "nothing appears before the commit");
                writer.commit();
            }
            try (TensorSource written = TensorSource.open(copy)) {
                assertEquals(source.tensors(), written.tensors());
                assertEquals(Map.of("a \"b\"", "é\n"), written.metadata());
                for (String key : source.tensors().keySet()) {
                    assertEquals(source.read(key), written.read(key), key);
                }
            }
        }
        assertEquals(List.of(copy), list(copy.getParent()));
    }

    @Test
    void laysWideElementsBeforeNarrowOnes() {
        var bytes = new TensorInfo("bytes", DType.U8, new long[] {3});
        var wide = new TensorInfo("wide", DType.F64, new long[] {1});
        Path file = folder.resolve("mixed.safetensors");
        try (var writer = SafetensorsWriter.create(file, List.of(bytes, wide), Map.of())) {
            writer.write("bytes", ByteBuffer.wrap(new byte[] {1, 2, 3}));
            writer.write("wide", ByteBuffer.wrap(new byte[8]));
            writer.commit();
        }
        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(List.of("wide", "bytes"), List.copyOf(source.tensors().keySet()));
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), source.read("bytes"));
        }
    }

    @Test
    void leavesNothingWhenATensorIsMissing() throws IOException {
        var info = new TensorInfo("a", DType.U8, new long[] {3});
        Path file = folder.resolve("half.safetensors");
        try (var writer = SafetensorsWriter.create(file, List.of(info), Map.of())) {
            writer.write("a", ByteBuffer.allocate(2));
            assertThrows(IllegalStateException.class, writer::commit);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.write("a", ByteBuffer.allocate(2)));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.write("b", ByteBuffer.allocate(1)));
        }
        assertEquals(List.of(), list(folder));
    }

    @Test
    void readsBeyondTwoGiB() throws IOException {
        long elements = 3L << 29; // 3 GiB of half floats that are a hole in the file
        Path file = folder.resolve("large.safetensors");
        String json =
                """
                {"hole":{"dtype":"F16","shape":[%d],"data_offsets":[0,%d]},
                 "last":{"dtype":"F16","shape":[2],"data_offsets":[%d,%d]}}\
                """
                        .formatted(elements, 2 * elements, 2 * elements, 2 * elements + 4);
        write(file, json, new byte[0]);
        long end = Files.size(file) + 2 * elements;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), end);
        }
        try (TensorSource source = TensorSource.open(file)) {
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), source.read("last"));
            String message =
                    assertThrows(UsageException.class, () -> source.read("hole")).getMessage();
            assertTrue(message.contains("2 GiB"), message);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 100})
    void refusesAFileCutInItsHeader(int length) throws IOException {
        Path golden = Goldens.path("delta_v0/merged_expected.safetensors");
        Path cut = folder.resolve("cut.safetensors");
        Files.write(cut, Arrays.copyOf(Files.readAllBytes(golden), length));
        assertThrows(UsageException.class, () -> TensorSource.open(cut));
    }

    /** Whatever happens to a file, it is read within its bounds or refused in words. */
    @Test
    void survivesEveryByteOfTheHeaderFlippedAndEveryCut() throws IOException {
        byte[] good = Files.readAllBytes(Goldens.path("delta_v0/merged_expected.safetensors"));
        int header = 8 + (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong();
        Path file = folder.resolve("damaged.safetensors");
        long seed = 20261;
        Random random = new Random(seed);
        int refused = 0;
        for (int at = 0; at < header; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 + random.nextInt(255));
            refused += outcome(file, bad, "byte " + at + ", seed " + seed);
        }
        assertTrue(refused > header / 4, "refused " + refused + " of " + header);
        for (int length = 0; length < good.length; length += length < header ? 1 : 97) {
            assertEquals(1, outcome(file, Arrays.copyOf(good, length), "cut at " + length));
        }
    }

    private static int outcome(Path file, byte[] content, String what) throws IOException {
        Files.write(file, content);
        try (TensorSource source = SafetensorsFile.open(MappedFile.open(file))) {
            for (TensorInfo info : source.tensors().values()) {
                assertEquals(info.byteLength(), source.read(info.key()).remaining(), what);
            }
            return 0;
        } catch (UsageException e) {
            assertTrue(e.getMessage().contains(file.toString()), what + ": " + e.getMessage());
            return 1;
        }
    }

    private Path file(String json, int... data) throws IOException {
        byte[] bytes = new byte[data.length];
        for (int i = 0; i < data.length; i++) {
            bytes[i] = (byte) data[i];
        }
        Path file = folder.resolve("test.safetensors");
        write(file, json, bytes);
        return file;
    }

    private static void write(Path file, String json, byte[] data) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + header.length + data.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length)
                        .put(header)
                        .put(data);
        Files.write(file, bytes.array());
    }

    private static List<Path> list(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.toList();
        }
    }
}
