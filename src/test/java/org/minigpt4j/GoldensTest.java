package org.minigpt4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.model.LlamaDims;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class GoldensTest {

    @Test
    void everyArrayHasTheElementsItsShapeAsksFor() throws IOException {
        int arrays = 0;
        for (Path file : npzFiles()) {
            Npz npz = Npz.read(file);
            for (String name : npz.names()) {
                Npz.Array array = npz.get(name);
                int width = Integer.parseInt(array.dtype().substring(1));
                long elements = Arrays.stream(array.shape()).reduce(1, Math::multiplyExact);
                assertEquals(elements * width, array.data().remaining(), file + " " + name);
                arrays++;
            }
        }
        assertTrue(arrays > 0);
    }

    @Test
    void projectionHasTheSizesOfTheDims() {
        Npz projection = Goldens.npz("weights/llama_proj_init.npz");
        long[] expected = {Goldens.dim("ldim"), Goldens.dim("qdim")};
        assertTrue(Arrays.equals(expected, projection.shape("weight")));
        assertEquals(expected[0] * expected[1], projection.floats("weight").length);
    }

    @Test
    void languageModelHasTheSizesOfTheDims() {
        LlamaDims llama = LlamaDims.read(Goldens.path("weights/llama_fp32"));
        assertEquals(Goldens.dim("ldim"), llama.hidden(), "hidden_size of config.json");
        assertEquals(Goldens.dim("llayers"), llama.layers(), "num_hidden_layers");
        assertEquals(Goldens.dim("lheads"), llama.heads(), "num_attention_heads");
        assertEquals(Goldens.dim("linter"), llama.intermediate(), "intermediate_size");
        assertEquals(Goldens.dim("lvocab"), llama.vocab(), "vocab_size");
        assertEquals(Goldens.number("leps"), llama.rmsEps(), "rms_norm_eps");
    }

    private static List<Path> npzFiles() throws IOException {
        try (var files = Files.walk(Goldens.path("dims.json").getParent())) {
            return files.filter(file -> file.toString().endsWith(".npz")).toList();
        }
    }
}
