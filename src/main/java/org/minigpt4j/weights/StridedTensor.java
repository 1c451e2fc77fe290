package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor in torch's representation: element {@code i, j, ...} is at {@code offset + i * stride[0]
 * + j * stride[1] + ...} of a storage. So several tensors may share a storage, a transpose moves no
 * data, and a stride of 0 repeats elements. The constructor refuses a view that extends beyond its
 * storage.
 */
record StridedTensor(Storage storage, long offset, long[] shape, long[] stride)
        implements TorchTensor {

    private static final int MOST_DIMENSIONS = 64;

    /** Maximum bytes that a stride of 0 may add to those in the storage. */
    private static final long MOST_REPEATED = 64 << 20;

    /** A run of elements in an archive. */
    interface Storage {
        DType dtype();

        long elements();

        /** Elements {@code from} to {@code from + count}, little-endian and aligned. */
        ByteBuffer read(long from, long count);
    }

    StridedTensor {
        if (shape.length != stride.length || shape.length > MOST_DIMENSIONS) {
            throw new IllegalArgumentException(
                    shape.length + " sizes and " + stride.length + " strides");
        }
        long bytes = TensorInfo.byteLength(storage.dtype(), shape);
        if (bytes > MOST_REPEATED && bytes / storage.dtype().size() > storage.elements()) {
            throw new IllegalArgumentException(
                    "a view that repeats %s elements to %s bytes"
                            .formatted(Long.toString(storage.elements()), Long.toString(bytes)));
        }
        long end = offset + span(shape, stride);
        if (offset < 0 || end < offset || end > storage.elements()) {
            throw new IllegalArgumentException(
                    "a view to element %d of a storage of %d".formatted(end, storage.elements()));
        }
    }

    /** Number of elements from the first to the last of the view, inclusive. */
    private static long span(long[] shape, long[] stride) {
        long last = 0;
        boolean empty = false;
        for (int i = 0; i < shape.length; i++) {
            if (stride[i] < 0) {
                throw new IllegalArgumentException("a negative stride");
            }
            empty |= shape[i] == 0;
        }
        if (empty) {
            return 0;
        }
        try {
            for (int i = 0; i < shape.length; i++) {
                last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, stride[i]));
            }
            return Math.addExact(last, 1);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("strides that leave any storage", e);
        }
    }

    @Override
    public DType dtype() {
        return storage.dtype();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public ByteBuffer read() {
        long span = span(shape, stride);
        ByteBuffer bytes = storage.read(offset, span);
        return isContiguous() ? bytes : gather(bytes);
    }

    private boolean isContiguous() {
        long expected = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] == 0) {
                return true;
            }
            if (shape[i] != 1 && stride[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    private ByteBuffer gather(ByteBuffer view) {
        long length = TensorInfo.byteLength(dtype(), shape);
        if (length > Integer.MAX_VALUE) {
            throw new UsageException(
                    "one tensor unfolds to " + length + " bytes, which is too large");
        }
        ByteBuffer target = ByteBuffer.allocateDirect((int) length).order(ByteOrder.LITTLE_ENDIAN);
        gather(view, 0, 0, target);
        return target.flip();
    }

    private void gather(ByteBuffer view, long from, int dimension, ByteBuffer target) {
        int width = dtype().size();
        if (dimension == shape.length) {
            copyElement(view, (int) from * width, width, target);
            return;
        }
        long step = stride[dimension];
        if (dimension < shape.length - 1) {
            for (long i = 0; i < shape[dimension]; i++) {
                gather(view, from + i * step, dimension + 1, target);
            }
        } else if (step == 1) {
            int length = (int) shape[dimension] * width;
            target.put(view.slice((int) from * width, length));
        } else {
            for (long i = 0; i < shape[dimension]; i++) {
                copyElement(view, (int) (from + i * step) * width, width, target);
            }
        }
    }

    private static void copyElement(ByteBuffer view, int at, int width, ByteBuffer target) {
        switch (width) {
            case 1 -> target.put(view.get(at));
            case 2 -> target.putShort(view.getShort(at));
            case 4 -> target.putInt(view.getInt(at));
            default -> target.putLong(view.getLong(at));
        }
    }
}
