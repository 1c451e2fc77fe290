package org.minigpt4j.weights;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a plain tree as the pickle (protocol 2) that torch.save would write, but without the memo,
 * which Python does not need: a shared value is written twice. {@link PickleReader} explains the
 * opcodes; {@code torch.load(weights_only=True)} supports all of those used here.
 */
final class PickleWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<TorchTensor> tensors = new ArrayList<>();

    private PickleWriter() {}

    /** A pickle, and the tensors whose bytes belong in {@code data/0}, {@code data/1}, ... */
    record Pickle(byte[] bytes, List<TorchTensor> storages) {}

    static Pickle write(Object tree) {
        PlainTree.check(tree);
        var writer = new PickleWriter();
        writer.op(0x80, 2);
        writer.value(tree);
        writer.op('.');
        return new Pickle(writer.out.toByteArray(), writer.tensors);
    }

    private void value(Object value) {
        if (value == null) {
            op('N');
        } else if (value instanceof Boolean flag) {
            op(flag ? 0x88 : 0x89);
        } else if (value instanceof String text) {
            text(text);
        } else if (value instanceof Double || value instanceof Float) {
            real(((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            integer(number);
        } else if (value instanceof TorchTensor tensor) {
            tensor(tensor);
        } else if (value instanceof Map<?, ?> dict) {
            op('}', '(');
            dict.forEach(
                    (key, item) -> {
                        value(PickleGlobals.key(key));
                        value(item);
                    });
            op('u');
        } else if (value instanceof List<?> list) {
            op(']', '(');
            list.forEach(this::value);
            op('e');
        } else if (value instanceof PyTuple tuple) {
            op('(');
            tuple.items().forEach(this::value);
            op('t');
        } else {
            throw new IllegalArgumentException("not a plain value: " + value.getClass().getName());
        }
    }

    private void integer(Number value) {
        if (value instanceof BigInteger big && big.bitLength() >= Long.SIZE) {
            byte[] digits = big.toByteArray();
            if (digits.length > 255) {
                throw new IllegalArgumentException("an integer of " + digits.length + " bytes");
            }
            op(0x8a, digits.length);
            for (int i = digits.length - 1; i >= 0; i--) {
                out.write(digits[i]);
            }
            return;
        }
        long number = value.longValue();
        if (number == (int) number) {
            op('J');
            out.writeBytes(little(Integer.BYTES).putInt((int) number).array());
        } else {
            op(0x8a, Long.BYTES);
            out.writeBytes(little(Long.BYTES).putLong(number).array());
        }
    }

    private void real(double value) {
        op('G');
        out.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
    }

    private void text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        op('X');
        out.writeBytes(little(Integer.BYTES).putInt(utf8.length).array());
        out.writeBytes(utf8);
    }

    private void global(String module, String name) {
        op('c');
        out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void tensor(TorchTensor tensor) {
        long[] shape = tensor.shape();
        global("torch._utils", "_rebuild_tensor_v2");
        op('(', '(');
        text("storage");
        global("torch", storageType(tensor.dtype()));
        text(Integer.toString(tensors.size()));
        text("cpu");
        integer(TensorInfo.byteLength(tensor.dtype(), shape) / tensor.dtype().size());
        op('t', 'Q');
        integer(0L);
        longs(shape);
        longs(contiguousStrides(shape));
        op(0x89);
        global("collections", "OrderedDict");
        op(')', 'R', 't', 'R');
        tensors.add(tensor);
    }

    private void longs(long[] values) {
        op('(');
        for (long value : values) {
            integer(value);
        }
        op('t');
    }

    private static long[] contiguousStrides(long[] shape) {
        long[] stride = new long[shape.length];
        long next = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            stride[i] = next;
            next *= Math.max(1, shape[i]);
        }
        return stride;
    }

    private static String storageType(DType dtype) {
        return switch (dtype) {
            case F64 -> "DoubleStorage";
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            case I64 -> "LongStorage";
            case I32 -> "IntStorage";
            case I16 -> "ShortStorage";
            case I8 -> "CharStorage";
            case U8 -> "ByteStorage";
            case BOOL -> "BoolStorage";
        };
    }

    private void op(int... opcodes) {
        for (int opcode : opcodes) {
            out.write(opcode);
        }
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
