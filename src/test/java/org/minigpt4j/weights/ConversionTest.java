package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class ConversionTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"out.safetensors", "out.pth", "out.bin", "out"})
    void keepsEveryBit(String name) {
        Path golden = Goldens.path("weights/blip2_pretrained_flant5xxl.pth");
        Path out = folder.resolve(name);
        List<String> heard = new ArrayList<>();
        Conversion.Result result = convert(golden, out, heard);
        try (TensorSource before = TensorSource.open(golden);
                TensorSource after = TensorSource.open(out)) {
            TorchFileTest.assertSameTensors(before, after);
            assertEquals(List.copyOf(before.tensors().keySet()), heard);
            assertEquals(List.copyOf(before.tensors().values()), result.tensors());
        }
    }

    @Test
    void goesBackToTheSameSafetensors() throws IOException {
        Path first = folder.resolve("first.safetensors");
        convert(Goldens.path("weights/eva_vit_g.pth"), first, new ArrayList<>());
        convert(first, folder.resolve("torch.pth"), new ArrayList<>());
        Path second = folder.resolve("second.safetensors");
        convert(folder.resolve("torch.pth"), second, new ArrayList<>());
        assertEquals(-1, Files.mismatch(first, second));
    }

    @Test
    void takesAFolderWithItsSettings() throws IOException {
        Path golden = Goldens.path("weights/llama_fp16");
        convert(golden, folder.resolve("out"), new ArrayList<>());
        assertEquals(
                -1,
                Files.mismatch(golden.resolve("config.json"), folder.resolve("out/config.json")));
        assertTrue(Files.exists(folder.resolve("out/generation_config.json")));
        assertTrue(Files.notExists(folder.resolve("out/pytorch_model.bin.index.json")));
        try (TensorSource before = TensorSource.open(golden);
                TensorSource after = TensorSource.open(folder.resolve("out"))) {
            TorchFileTest.assertSameTensors(before, after);
        }
    }

    @Test
    void putsAStateDictUnderAKey() {
        Path out = folder.resolve("blip2.pth");
        Path golden = Goldens.path("weights/blip2_pretrained_flant5xxl.safetensors");
        new Conversion(golden, out, Optional.of("model")).run(info -> {});
        try (TorchFile file = TorchFile.open(out);
                TensorSource before = TensorSource.open(golden);
                TensorSource after = TensorSource.open(out)) {
            assertEquals(List.of("model"), List.copyOf(((Map<?, ?>) file.tree()).keySet()));
            TorchFileTest.assertSameTensors(before, after);
        }
        var wrong = new Conversion(golden, folder.resolve("a.safetensors"), Optional.of("model"));
        assertThrows(UsageException.class, () -> wrong.run(info -> {}));
    }

    @Test
    void saysWhatOfACheckpointItLeavesOut() {
        Conversion.Result result =
                convert(
                        Goldens.path("checkpoints/stage2_checkpoint_1.pth"),
                        folder.resolve("projection.safetensors"),
                        new ArrayList<>());
        assertEquals(
                List.of("optimizer", "config", "scaler", "epoch"), List.copyOf(result.leftOut()));
    }

    private static Conversion.Result convert(Path in, Path out, List<String> heard) {
        return new Conversion(in, out, Optional.empty()).run(info -> heard.add(info.key()));
    }
}
