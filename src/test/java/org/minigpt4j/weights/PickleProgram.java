package org.minigpt4j.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A pickle written opcode by opcode, good or evil. */
final class PickleProgram {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    PickleProgram() {
        op(0x80).op(2);
    }

    PickleProgram op(int... opcodes) {
        for (int opcode : opcodes) {
            bytes.write(opcode);
        }
        return this;
    }

    PickleProgram global(String module, String name) {
        return op('c').raw(module + "\n" + name + "\n");
    }

    PickleProgram text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return op('X').i32(utf8.length).raw(text);
    }

    PickleProgram number(long value) {
        ByteBuffer digits = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        op(0x8a, 8);
        bytes.writeBytes(digits.array());
        return this;
    }

    PickleProgram numbers(long... values) {
        op('(');
        for (long value : values) {
            number(value);
        }
        return op('t');
    }

    PickleProgram storage(String type, String key, long elements) {
        op('(').text("storage").global("torch", type).text(key).text("cpu").number(elements);
        return op('t', 'Q');
    }

    /** A tensor over a storage of {@code elements}. */
    PickleProgram tensor(
            String type, String key, long elements, long offset, long[] shape, long[] stride) {
        global("torch._utils", "_rebuild_tensor_v2").op('(').storage(type, key, elements);
        number(offset).numbers(shape).numbers(stride).op(0x89);
        return global("collections", "OrderedDict").op(')', 'R', 't', 'R');
    }

    PickleProgram i32(int value) {
        bytes.writeBytes(
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        return this;
    }

    PickleProgram raw(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    byte[] stop() {
        return op('.').bytes.toByteArray();
    }
}
