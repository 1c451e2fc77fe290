package org.minigpt4j.model;

import org.minigpt4j.weights.BFloat16;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.Float16;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Matrices that are hard to quantise: rows of every size, zeros, ties, and what is no number. */
final class Int8RowsSample {

    private Int8RowsSample() {}

    /** Row 0 is zeros, row 1 all ties, row 2 has an infinity, row 3 a NaN; the others shrink. */
    static ByteBuffer bytes(DType dtype, int rows, int columns) {
        var random = new SplittableRandom(20);
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(rows * columns * dtype.size())
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double drawn = random.nextDouble(-1, 1) * Math.scalb(1.0, 8 - row);
                double value =
                        switch (row) {
                            case 0 -> 0;
                            case 1 -> column == 0 ? 127 : column % 250 - 125 + 0.5;
                            case 2 -> column == 7 ? Double.NEGATIVE_INFINITY : drawn;
                            case 3 -> column == 9 ? Double.NaN : drawn;
                            default -> drawn;
                        };
                switch (dtype) {
                    case F16 -> bytes.putShort(Float16.fromFloat((float) value));
                    case BF16 -> bytes.putShort(BFloat16.fromFloat((float) value));
                    case F32 -> bytes.putFloat((float) value);
                    default -> bytes.putDouble(value);
                }
            }
        }
        return bytes.flip();
    }
}
