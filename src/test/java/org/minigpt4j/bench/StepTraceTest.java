package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.StringReader;

class StepTraceTest {

    private static String event(String name, int begin, int length) {
        return """
        {"name": "%s", "ph": "X", "ts": %s.5, "dur": %s.0, "tid": 1, "args": {}}\
        """
                .formatted(name, Integer.toString(begin), Integer.toString(length));
    }

    @Test
    void countsEachMomentOnceAndForTheMethodItIsSpentIn() {
        // The file lists events as they end. 1000 microseconds of a layer's gradient: 300 in a
        // linear map of which 250 in the product, 100 in a norm's mul, 200 in a mul of its own.
        String trace =
                String.join(
                        ",\n",
                        "[" + event("mkldnn::_linear_pointwise", 120, 250),
                        event("linear_transposed", 100, 300),
                        event("aten::mul", 500, 100),
                        event("rms_norm_backward", 480, 150),
                        event("aten::mul", 700, 200),
                        event("llama_layer_backward", 0, 1000),
                        event("aten::bmm", 2000, 400),
                        event("attention", 1990, 450),
                        event("vit_block", 1980, 500),
                        event("aten::mm", 3000, 70) + "]");
        double[][] cells = StepTrace.read(new StringReader(trace));
        assertEquals(0.3, at(cells, StepOperation.LINEAR, StepPart.GRADIENT), 1e-9);
        assertEquals(0.15, at(cells, StepOperation.NORM, StepPart.GRADIENT), 1e-9);
        assertEquals(0.2, at(cells, StepOperation.GATE, StepPart.GRADIENT), 1e-9);
        assertEquals(0.35, at(cells, StepOperation.OTHER, StepPart.GRADIENT), 1e-9);
        assertEquals(0.45, at(cells, StepOperation.ATTENTION, StepPart.ENCODER), 1e-9);
        assertEquals(0.05, at(cells, StepOperation.OTHER, StepPart.ENCODER), 1e-9);
        assertEquals(0.07, at(cells, StepOperation.LINEAR, StepPart.REST), 1e-9);
        assertEquals(1.57, new StepProfile(cells, 2).operations(), 1e-9, "all of it, once");
    }

    private static double at(double[][] cells, StepOperation work, StepPart part) {
        return cells[work.ordinal()][part.ordinal()];
    }

    @Test
    void theTableHasARowForEachKindAndTheTimeBetweenOperations() {
        double[][] cells = new double[StepOperation.values().length][StepPart.values().length];
        cells[StepOperation.LINEAR.ordinal()][StepPart.HEAD.ordinal()] = 6;
        String table = String.join("\n", new StepProfile(cells, 8).table());
        assertEquals(2 + StepOperation.values().length + 2, table.lines().count(), table);
        assertEquals(
                "| linear maps | 0.0 | 0.0 | 0.0 | 0.0 | 6.0 | 0.0 | 6.0 | 75.0 % |",
                table.lines().skip(2).findFirst().orElseThrow());
        assertEquals(
                "| between them, Java included | | | | | | | 2.0 | 25.0 % |",
                table.lines().reduce((a, b) -> b).orElseThrow());
    }
}
