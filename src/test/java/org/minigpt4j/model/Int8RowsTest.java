package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.weights.DType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

class Int8RowsTest {

    private static final int ROWS = 41;
    private static final int COLUMNS = 200;

    /** The hashes are those of PyTorch's amax, div, round and to on the same matrices. */
    @ParameterizedTest
    @CsvSource({
        "F16, e8a5b089869121364e5c4704f0ab7f675d69f03eb31b5a0a0a72766086fdf631,"
                + " cfce36142334a3a1a04a4d0229f01f35cf59e6222e3c2d1a8bbbb4de6e2aee22",
        "BF16, b6024e4e09292661147a96c8ca0a2453ae2b514f0ef81a61d7fadc25dc00f97b,"
                + " e399ac4a1323ec9a9767520e9ebb04e47745ca750df304db821fa977f8174ddd",
        "F32, c507131c0dd9e94989aab828eb352479aa2f0b931325d2eca431db79088f8c10,"
                + " e8f4ace352066af353bd4d62c71bf3cc5764b3f489a2034d0e308517356992ef",
        "F64, c507131c0dd9e94989aab828eb352479aa2f0b931325d2eca431db79088f8c10,"
                + " e8f4ace352066af353bd4d62c71bf3cc5764b3f489a2034d0e308517356992ef"
    })
    void bitsAreThoseOfPyTorch(DType dtype, String rows, String factors) {
        ByteBuffer matrix = Int8RowsSample.bytes(dtype, ROWS, COLUMNS);
        ByteBuffer quantized = direct(ROWS * COLUMNS);
        ByteBuffer scales = direct(ROWS * Float.BYTES);
        Int8Rows.quantize(dtype, matrix, COLUMNS, quantized, scales.asFloatBuffer());
        assertEquals(rows, new Sha256().update(quantized).hex());
        assertEquals(factors, new Sha256().update(scales).hex());
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
