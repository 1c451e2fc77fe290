package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Files made to harm: each is refused in words, and nothing of it is done. */
class HostilePickleTest {
    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "os,system",
        "posix,system",
        "nt,system",
        "subprocess,Popen",
        "builtins,eval",
        "builtins,exec",
        "__builtin__,eval",
        "builtins,getattr",
        "builtins,__import__",
        "importlib,import_module",
        "torch,load",
        "torch.hub,load",
        "torch._utils,_rebuild_tensor_v2.__globals__",
        "torch._utils,_rebuild_wrapper_subclass",
        "torch,os",
        "torch.storage,_load_from_bytes",
        "torch,ComplexFloatStorage",
        "collections,namedtuple",
        "collections.OrderedDict,fromkeys",
        "_codecs,encode",
        "numpy.core.multiarray,scalar",
        "copyreg,_reconstructor",
        "pickle,loads",
        "java.lang,Runtime",
    })
    void refusesEveryOtherGlobalByName(String module, String name) throws IOException {
        Path marker = folder.resolve("marker");
        String command = "touch " + marker;
        String wanted = module + "." + name;
        assertRefused(
                new PickleProgram().global(module, name).text(command).op(0x85, 'R').stop(),
                wanted);
        assertRefused( // by the opcode of protocol 4
                new PickleProgram()
                        .text(module)
                        .text(name)
                        .op(0x93)
                        .text(command)
                        .op(0x85, 'R')
                        .stop(),
                wanted);
        assertRefused( // hidden behind good values, in a state dict
                new PickleProgram()
                        .op('}', '(')
                        .text("weight")
                        .tensor("FloatStorage", "0", 1, 0, new long[] {1}, new long[] {1})
                        .text("bias")
                        .global(module, name)
                        .text(command)
                        .op(0x85, 'R', 'u')
                        .stop(),
                wanted);
        assertRefused( // as the state that BUILD sets
                new PickleProgram()
                        .global("collections", "OrderedDict")
                        .op(')', 'R')
                        .global(module, name)
                        .text(command)
                        .op(0x85, 'R', 'b')
                        .stop(),
                wanted);
        assertRefused( // only named and never called
                new PickleProgram().global(module, name).op('0', 'N').stop(), wanted);
        assertRefused( // by INST
                new PickleProgram()
                        .op('(')
                        .text(command)
                        .op('i')
                        .raw(module + "\n" + name + "\n")
                        .stop(),
                wanted);
        assertFalse(Files.exists(marker));
    }

    static Stream<Arguments> programs() {
        long[] one = {1};
        return Stream.of(
                Arguments.of("creates an object", start().op(')', 0x81)),
                Arguments.of("creates an object", start().op('(').op('o')),
                Arguments.of("creates an object", start().op(')', '}', 0x92)),
                Arguments.of("class by number", new PickleProgram().op(0x82, 1)),
                Arguments.of("text opcodes", new PickleProgram().raw("S'echo'\n")),
                Arguments.of("protocol 0", new PickleProgram().op(0x80, 0)),
                Arguments.of("protocol 6", new PickleProgram().op(0x80, 6)),
                Arguments.of("not a function", new PickleProgram().text("x").op(')', 'R')),
                Arguments.of("wrong type", start().text("no tuple").op('R')),
                Arguments.of("place of a value", start()),
                Arguments.of(
                        "place of a value", new PickleProgram().storage("FloatStorage", "0", 4)),
                Arguments.of("not a dict", new PickleProgram().op(']', '}', 'b')),
                Arguments.of("empty stack", new PickleProgram().op('a')),
                Arguments.of("empty stack", new PickleProgram().op('N', '(', '0')),
                Arguments.of("empty stack", new PickleProgram().op('(', 'q', 0)),
                Arguments.of("without a mark", new PickleProgram().op('t')),
                Arguments.of("left over", new PickleProgram().op('N', 'N')),
                Arguments.of(
                        "left over", new PickleProgram().op('(', 'N')), // a MARK that never closes
                Arguments.of("never stored", new PickleProgram().op('h', 7)),
                Arguments.of("never stored", new PickleProgram().op('j').i32(-1)),
                Arguments.of("key without a value", new PickleProgram().op('}', '(', 'N', 'u')),
                Arguments.of("a key that is", new PickleProgram().op('}', ']', 'N', 's')),
                Arguments.of("a key that is", new PickleProgram().op('}', ')', 'N', 's')),
                Arguments.of("wrong type", new PickleProgram().op('}', 'N', 'a')),
                Arguments.of("cut short", new PickleProgram().op('X').i32(-1)),
                Arguments.of("cut short", new PickleProgram().op('X').i32(1 << 30)),
                Arguments.of("cut short", new PickleProgram().op(0x8d).i32(-1).i32(-1)),
                Arguments.of("integer of", new PickleProgram().op(0x8b).i32(-5)),
                Arguments.of("integer of", new PickleProgram().op(0x8b).i32(1 << 20)),
                Arguments.of("not UTF-8", new PickleProgram().op(0x8c, 1, 0xff)),
                Arguments.of("contains itself", new PickleProgram().op(']', 'q', 0, 'h', 0, 'a')),
                Arguments.of(
                        "contains itself", new PickleProgram().op('}', 'q', 0, 'N', 'h', 0, 's')),
                Arguments.of("not a storage", new PickleProgram().text("storage").op(0x85, 'Q')),
                Arguments.of("wrong type", new PickleProgram().text("0").op('Q')),
                Arguments.of("not in the file", tensor("9", 1, 0, one, one)),
                Arguments.of("not in the file", tensor("../data.pkl", 1, 0, one, one)),
                Arguments.of("where the file holds 4", tensor("0", 5, 0, one, one)),
                Arguments.of("where the file holds 4", tensor("0", -1, 0, one, one)),
                Arguments.of("where the file holds 4", tensor("0", 1L << 62, 0, one, one)),
                Arguments.of("of a storage of 4", tensor("0", 4, 4, one, one)),
                Arguments.of("of a storage of 4", tensor("0", 4, -1, one, one)),
                Arguments.of("of a storage of 4", tensor("0", 4, Long.MAX_VALUE, one, one)),
                Arguments.of("of a storage of 2", tensor("0", 2, 0, new long[] {3}, one)),
                Arguments.of(
                        "of a storage of 4", tensor("0", 4, 0, new long[] {3}, new long[] {2})),
                Arguments.of("negative size", tensor("0", 4, 0, new long[] {-1}, one)),
                Arguments.of("negative stride", tensor("0", 4, 3, new long[] {2}, new long[] {-1})),
                Arguments.of("sizes and", tensor("0", 4, 0, new long[] {2, 2}, one)),
                Arguments.of("sizes and", tensor("0", 4, 0, new long[65], new long[65])),
                Arguments.of("too large", tensor("0", 4, 0, new long[] {1L << 62}, new long[1])),
                Arguments.of(
                        "leave any storage",
                        tensor("0", 4, 0, new long[] {3, 1}, new long[] {1L << 62, 1})),
                Arguments.of(
                        "too large",
                        tensor("0", 4, 0, new long[] {1L << 31, 1L << 31}, new long[] {0, 0})));
    }

    private static PickleProgram start() {
        return new PickleProgram().global("collections", "OrderedDict");
    }

    private static PickleProgram tensor(
            String key, long elements, long offset, long[] shape, long[] stride) {
        return new PickleProgram().tensor("FloatStorage", key, elements, offset, shape, stride);
    }

    @ParameterizedTest
    @MethodSource("programs")
    void refusesWhatDoesNotFit(String reason, PickleProgram program) throws IOException {
        String words = reason.equals("text opcodes") ? "opcode 0x53" : reason;
        assertRefused(program.stop(), words);
    }

    @Test
    void refusesListsOfListsThatUnfoldWithoutEnd() throws IOException {
        var bomb = new PickleProgram().op(']', 'q', 0);
        for (int level = 1; level < 90; level++) {
            bomb.op('0', ']', 'q', level, '(');
            for (int i = 0; i < 10; i++) {
                bomb.op('h', level - 1);
            }
            bomb.op('e');
        }
        assertRefused(bomb.stop(), "unfolds to more");
    }

    @Test
    void refusesNestingThatWouldOverflowTheStack() throws IOException {
        int levels = 500_000;
        var nested = new PickleProgram().op(')');
        for (int i = 0; i < levels; i++) {
            nested.op(0x85);
        }
        assertRefused(nested.stop(), "nested deeper");
        var lists = new PickleProgram();
        for (int i = 0; i < levels; i++) {
            lists.op(']');
        }
        for (int i = 1; i < levels; i++) {
            lists.op('a');
        }
        assertRefused(lists.stop(), "nested deeper");
    }

    @Test
    void refusesADepthReachedThroughSharedParts() throws IOException {
        // 90 levels kept in the memo, and the same again below 20 others
        var program = new PickleProgram().op('(', ')');
        for (int i = 0; i < 90; i++) {
            program.op(0x85);
        }
        program.op('q', 0, 'h', 0);
        for (int i = 0; i < 20; i++) {
            program.op(0x85);
        }
        assertRefused(program.op('t').stop(), "nested deeper");
    }

    @Test
    void refusesAFloodOfOpcodes() throws IOException {
        byte[] flood = new byte[5_000_000];
        Arrays.fill(flood, (byte) ']');
        flood[0] = (byte) 0x80;
        flood[1] = 2;
        assertRefused(flood, "more than 4000000 values");
    }

    /** A few bytes a call, each of which copies a list that was kept once. */
    @ParameterizedTest
    @CsvSource({"__builtin__,set", "builtins,set", "collections,OrderedDict"})
    void refusesCallsThatCopyAKeptListAgainAndAgain(String module, String name) throws IOException {
        int items = 100_000;
        var program = new PickleProgram().op('(').op(']', 'q', 0, '(');
        for (int i = 0; i < items; i++) {
            program.op('K', i & 0xFF);
            if (name.equals("OrderedDict")) {
                program.op('N', 0x86);
            }
        }
        program.op('e').global(module, name).op('q', 1);
        for (int i = 0; i < 100_000; i++) {
            program.op('h', 1, 'h', 0, 0x85, 'R');
        }
        assertRefused(program.op('t').stop(), "more than 4000000 values");
    }

    @Test
    void refusesShapesThatAreCopiedAgainAndAgain() throws IOException {
        var program = new PickleProgram().op('(').op('(');
        for (int i = 0; i < 100_000; i++) {
            program.op('K', 1);
        }
        program.op('t', 'q', 0).global("torch", "Size").op('q', 1);
        for (int i = 0; i < 100_000; i++) {
            program.op('h', 1, 'h', 0, 0x85, 'R', '0');
        }
        assertRefused(program.op('t').stop(), "more than 4000000 values");
    }

    @Test
    void refusesAViewThatRepeatsAFewElementsToGigabytesFromItsHeader() throws IOException {
        long[] shape = {1 << 14, 1 << 14};
        assertRefused(tensor("0", 4, 0, shape, new long[] {0, 0}).stop(), "repeats 4 elements");
        assertRefused(tensor("0", 4, 0, shape, new long[] {0, 1}).stop(), "repeats 4 elements");
    }

    @Test
    void refusesAStorageThatWouldUnpackToGigabytesFromItsHeader() throws IOException {
        int elements = 32 << 20;
        byte[] pickle =
                new PickleProgram()
                        .op('}')
                        .text("weight")
                        .tensor(
                                "FloatStorage",
                                "0",
                                elements,
                                0,
                                new long[] {elements},
                                new long[] {1})
                        .op('s')
                        .stop();
        Path file = folder.resolve("deflated.pth");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("a/data.pkl"));
            zip.write(pickle);
            zip.putNextEntry(new ZipEntry("a/data/0"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 4 * elements / zeros.length; i++) {
                zip.write(zeros);
            }
        }
        String message =
                assertThrows(UsageException.class, () -> TensorSource.open(file)).getMessage();
        assertTrue(message.contains("a/data/0, which would unpack"), message);
    }

    @Test
    void refusesAPickleCutAnywhere() throws IOException {
        byte[] pickle = goldenPickle();
        for (int length = 0; length < pickle.length; length++) {
            byte[] cut = Arrays.copyOf(pickle, length);
            assertThrows(UsageException.class, () -> parse(cut), "cut at " + length);
        }
    }

    @Test
    void survivesEveryByteOfAPickleChanged() throws IOException {
        byte[] pickle = goldenPickle();
        long seed = 20262;
        Random random = new Random(seed);
        int refused = 0;
        for (int at = 0; at < pickle.length; at++) {
            byte[] changed = pickle.clone();
            changed[at] ^= (byte) (1 + random.nextInt(255));
            try {
                parse(changed);
            } catch (UsageException e) {
                refused++;
            }
        }
        assertTrue(refused > pickle.length / 10, refused + " refused, seed " + seed);
    }

    @Test
    void survivesADamagedZip() throws IOException {
        byte[] good = Files.readAllBytes(checkpoint());
        Path file = folder.resolve("damaged.pth");
        Random random = new Random(20263);
        int directory = good.length - 2500;
        for (int at = 0; at < good.length; at += at < directory ? 211 : 7) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 + random.nextInt(255));
            Files.write(file, bad);
            try (TensorSource source = TensorSource.open(file)) {
                for (TensorInfo info : source.tensors().values()) {
                    assertEquals(info.byteLength(), source.read(info.key()).remaining());
                }
            } catch (UsageException e) {
                assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
            }
        }
        for (int length = 0; length < good.length; length += length > good.length - 25 ? 1 : 997) {
            Files.write(file, Arrays.copyOf(good, length));
            String message =
                    assertThrows(
                                    UsageException.class,
                                    () -> TensorSource.open(file),
                                    "cut at " + length)
                            .getMessage();
            assertTrue(message.contains(file.toString()), message);
        }
    }

    private static Path checkpoint() {
        return Goldens.path("checkpoints/stage2_checkpoint_1_cudatag.pth");
    }

    private static byte[] goldenPickle() throws IOException {
        try (var zip = new ZipFile(checkpoint().toFile())) {
            var entry =
                    zip.stream().filter(e -> e.getName().endsWith("/data.pkl")).findFirst().get();
            return zip.getInputStream(entry).readAllBytes();
        }
    }

    private static void parse(byte[] pickle) {
        PickleReader.read("file", ByteBuffer.wrap(pickle), HostilePickleTest::noBytes);
    }

    private static StridedTensor.Storage noBytes(String key, DType dtype, long elements) {
        return new StridedTensor.Storage() {
            @Override
            public DType dtype() {
                return dtype;
            }

            @Override
            public long elements() {
                return elements;
            }

            @Override
            public ByteBuffer read(long from, long count) {
                throw new AssertionError("no bytes are read while parsing");
            }
        };
    }

    private void assertRefused(byte[] pickle, String words) throws IOException {
        Path file = folder.resolve("hostile.pth");
        TorchZip.write(file, pickle, Map.of("0", new byte[16]));
        String message =
                assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () ->
                                assertThrows(UsageException.class, () -> TensorSource.open(file))
                                        .getMessage());
        assertTrue(message.contains(words), message);
        assertTrue(message.contains(file.toString()), message);
    }
}
