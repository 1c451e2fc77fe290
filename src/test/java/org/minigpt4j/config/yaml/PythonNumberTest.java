package org.minigpt4j.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PythonNumberTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0001",
                "8e-05",
                "1e-06",
                "0.05",
                "5.0",
                "0.0",
                "100000.0",
                "1e+16",
                "1.5e-07",
                "-2.5",
                "-3e-10",
                "0.1",
                "0.30000000000000004",
                "2e-323",
                "1.7976931348623157e+308",
                "9007199254740993.0",
                "123456789012345.6",
                "2e-05",
                "4.3637"
            })
    void writesAsPythonDoes(String repr) {
        String expected = repr.equals("9007199254740993.0") ? "9007199254740992.0" : repr;
        assertEquals(expected, PythonNumber.format(Double.parseDouble(repr)));
    }

    @Test
    void wholeNumbersStayWhole() {
        assertEquals("5000", PythonNumber.format(5000L));
    }
}
