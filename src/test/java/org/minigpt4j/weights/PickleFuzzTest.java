package org.minigpt4j.weights;

import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** The pickle of torch.save, over one storage of 16 bytes. */
class PickleFuzzTest extends FuzzedReader {

    PickleFuzzTest() {
        super("pickle");
    }

    @Override
    protected FuzzTarget target() {
        return bytes -> {
            Object tree = PickleReader.read("f.pth", ByteBuffer.wrap(bytes), PickleFuzzTest::four);
            if (tree instanceof Map<?, ?> dict) {
                TreeWords.entries(dict);
            }
        };
    }

    private static StridedTensor.Storage four(String key, DType dtype, long elements) {
        if (elements < 0 || elements > 16 / dtype.size()) {
            throw new IllegalArgumentException("a storage of " + elements);
        }
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

    @Override
    protected List<byte[]> seeds() {
        return List.of(
                stateDict(),
                new PickleProgram()
                        .op('(', ']', 'q', 0, '(', 'K', 1, 'K', 2, 'e')
                        .global("builtins", "set")
                        .op('h', 0, 0x85, 'R')
                        .global("torch", "Size")
                        .op(')', 0x85, 'R', 't')
                        .stop());
    }

    static byte[] stateDict() {
        long[] two = {2, 2};
        return new PickleProgram()
                .op('}', 'q', 0, '(')
                .text("weight")
                .tensor("FloatStorage", "0", 4, 0, two, new long[] {2, 1})
                .text("view")
                .tensor("HalfStorage", "0", 8, 1, two, new long[] {0, 3})
                .text("epoch")
                .number(3)
                .op('u')
                .stop();
    }

    @Override
    protected List<String> dictionary() {
        return List.of(
                "cbuiltins\nset\n",
                "ccollections\nOrderedDict\n",
                "ctorch\nSize\n",
                "ctorch._utils\n_rebuild_tensor_v2\n",
                "cos\nsystem\n",
                "h\0",
                "q\1",
                "\u0085R",
                "(",
                "t",
                "e",
                "u",
                "]",
                "}",
                ")",
                "\u008f",
                "\u0090",
                "\u0091",
                ".");
    }
}
