package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle, read from front to back; errors give the offset. */
final class PickleInput {
    private final String file;
    private final ByteBuffer bytes;

    PickleInput(String file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    int u8() {
        return Byte.toUnsignedInt(take(1).get());
    }

    int u16() {
        return Short.toUnsignedInt(take(2).getShort());
    }

    int i32() {
        return take(4).getInt();
    }

    long i64() {
        return take(8).getLong();
    }

    /** A double; the only big-endian value in the format. */
    double f64() {
        return Double.longBitsToDouble(Long.reverseBytes(i64()));
    }

    String text(long length) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(take(length)).toString();
        } catch (CharacterCodingException e) {
            throw refuse("a string that is not UTF-8");
        }
    }

    /** Text up to the next line feed, which is skipped. */
    String line() {
        int begin = bytes.position();
        int end = begin;
        while (end < bytes.limit() && bytes.get(end) != '\n') {
            end++;
        }
        String line = text(end - begin);
        take(1);
        return line;
    }

    /** A two's complement integer: a Long if it fits. */
    Number integer(int length) {
        byte[] digits = new byte[Math.max(1, length)];
        ByteBuffer little = take(length);
        for (int i = length - 1; i >= 0; i--) {
            digits[i] = little.get();
        }
        BigInteger value = new BigInteger(digits);
        return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
    }

    UsageException refuse(String what) {
        return new UsageException(
                "%s: byte %d of its pickle: %s".formatted(file, bytes.position(), what));
    }

    private ByteBuffer take(long length) {
        if (length < 0 || length > bytes.remaining()) {
            throw refuse("it ends in the middle: cut short or damaged");
        }
        ByteBuffer taken = bytes.slice(bytes.position(), (int) length).order(bytes.order());
        bytes.position(bytes.position() + (int) length);
        return taken;
    }
}
