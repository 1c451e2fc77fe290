package org.minigpt4j.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import java.nio.ByteBuffer;

/**
 * A float32 matrix in 8 bits, on its device: the largest magnitude of each row becomes 127.
 *
 * @param values int8, in the shape of the matrix
 * @param scale float32, one number per row
 */
record Int8Weight(NDArray values, NDArray scale) {

    static Int8Weight of(NDArray w) {
        NDManager manager = w.getManager();
        float[] floats = w.toFloatArray();
        int rows = (int) w.getShape().get(0);
        int columns = (int) w.getShape().get(1);
        float[] scales = new float[rows];
        ByteBuffer bytes = manager.allocateDirect(floats.length);
        for (int row = 0; row < rows; row++) {
            float most = 0;
            for (int i = 0; i < columns; i++) {
                most = Math.max(most, Math.abs(floats[row * columns + i]));
            }
            scales[row] = most / 127;
            for (int i = 0; i < columns; i++) {
                bytes.put((byte) Math.rint(floats[row * columns + i] / scales[row]));
            }
        }
        return new Int8Weight(
                manager.create(bytes.flip(), w.getShape(), DataType.INT8),
                manager.create(scales, new Shape(rows)));
    }
}
