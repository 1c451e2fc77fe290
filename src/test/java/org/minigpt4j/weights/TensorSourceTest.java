package org.minigpt4j.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.Resources;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which format a path is taken for, and folders of shards. */
class TensorSourceTest {
    private static final String INDEX = "pytorch_model.bin.index.json";

    @TempDir Path folder;

    @Test
    void takesSafetensorsOfAFolderThatHasBoth() {
        Path both = Goldens.path("weights/llama_fp32");
        try (TensorSource chosen = TensorSource.open(both);
                TensorSource shards = TensorSource.open(both.resolve(INDEX))) {
            String key = chosen.tensors().keySet().iterator().next();
            assertEquals(both.resolve("model.safetensors").toString(), chosen.fileOf(key));
            assertTrue(shards.fileOf(key).endsWith(".bin"), shards.fileOf(key));
            assertEquals(chosen.tensors().keySet(), shards.tensors().keySet());
            for (TensorInfo info : chosen.tensors().values()) {
                assertEquals(info, shards.tensors().get(info.key()));
                assertEquals(chosen.read(info.key()), shards.read(info.key()), info.key());
            }
        }
    }

    @Test
    void halfAndSingleShardsHoldTheSameNumbers() {
        Path single = Goldens.path("weights/llama_fp32");
        try (TensorSource singles = TensorSource.open(single.resolve(INDEX));
                TensorSource halves = TensorSource.open(Goldens.path("weights/llama_fp16"))) {
            assertEquals(singles.tensors().keySet(), halves.tensors().keySet());
            for (TensorInfo info : halves.tensors().values()) {
                assertEquals(DType.F16, info.dtype());
                FloatBuffer widened = FloatBuffer.allocate((int) info.elements());
                info.dtype().widen(halves.read(info.key()), widened);
                if (!info.key().endsWith("inv_freq")) { // no weight, and rounded in fp16
                    assertEquals(
                            singles.read(info.key()).asFloatBuffer(), widened.flip(), info.key());
                }
            }
        }
    }

    @Test
    void takesAFileForWhatItHoldsAndNotForItsName() throws IOException {
        Path named = folder.resolve("weights.bin");
        Files.copy(Goldens.path("weights/eva_vit_g.safetensors"), named);
        Path other = folder.resolve("weights.safetensors");
        Files.copy(Goldens.path("weights/eva_vit_g.pth"), other);
        try (TensorSource a = TensorSource.open(named);
                TensorSource b = TensorSource.open(other)) {
            TorchFileTest.assertSameTensors(a, b);
        }
    }

    @Test
    void opensAFolderWithOneFile() throws IOException {
        Files.copy(Goldens.path("weights/eva_vit_g.pth"), folder.resolve("pytorch_model.bin"));
        try (TensorSource source = TensorSource.open(folder)) {
            assertTrue(source.tensors().containsKey("cls_token"));
        }
    }

    @Test
    void namesEveryMissingShard() throws IOException {
        Path golden = Goldens.path("weights/llama_fp32");
        Files.copy(golden.resolve(INDEX), folder.resolve(INDEX));
        String message = refusal(folder);
        try (var files = Files.newDirectoryStream(golden, "*.bin")) {
            for (Path shard : files) {
                assertTrue(message.contains(shard.getFileName().toString()), message);
            }
        }
    }

    @Test
    void namesAKeyThatItsShardLacks() throws IOException {
        Files.copy(Resources.path("torch/tensors.safetensors"), folder.resolve("a.safetensors"));
        index("f32", "a.safetensors", "absent", "a.safetensors");
        String message = refusal(folder);
        assertTrue(message.contains("absent") && message.contains("a.safetensors"), message);
    }

    @Test
    void takesOnlyWhatTheIndexPutsIntoAShard() throws IOException {
        Files.copy(Resources.path("torch/tensors.safetensors"), folder.resolve("a.safetensors"));
        index("f32", "a.safetensors");
        try (TensorSource source = TensorSource.open(folder)) {
            assertEquals(List.of("f32"), List.copyOf(source.tensors().keySet()));
            assertThrows(UsageException.class, () -> source.read("f64"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a.safetensors", "/etc/passwd", "..", "", "a\\\\b"})
    void refusesAShardOutsideTheFolder(String shard) throws IOException {
        index("f32", shard);
        assertTrue(refusal(folder).contains("outside its folder"));
    }

    @Test
    void refusesAnIndexThatNamesItself() throws IOException {
        index("f32", "model.safetensors.index.json");
        assertTrue(refusal(folder).contains("is JSON, not a file of tensors"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"weight_map\": null}",
                "{\"weight_map\": {\"a\": null}}",
                "{\"weight_map\": {\"a\": {}}}",
                "{\"weight_map\": []}",
                "{\"weight_map\"",
            })
    void refusesJsonThatIsNoIndex(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("pytorch_model.bin.index.json"), json);
        assertTrue(refusal(file).contains("index"), refusal(file));
    }

    @Test
    void saysHowToSaveALegacyFileAnew() {
        String message = refusal(Resources.path("torch/legacy.pth"));
        assertTrue(message.contains("before 1.6"), message);
        assertTrue(message.contains("torch.save(torch.load('legacy.pth'"), message);
    }

    @Test
    void namesWhatIsNoWeightFile() throws IOException {
        byte[] tar = new byte[1024];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        var refusals =
                Map.of(
                        "first format (a tar)",
                        tar,
                        "git lfs pull",
                        ascii("version https://git-lfs.github.com/spec/v1\noid"),
                        "a web page",
                        ascii("\n<!doctype html><html>"),
                        "is empty",
                        new byte[0],
                        "neither",
                        ascii("weights"),
                        "neither a",
                        new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0});
        Path file = folder.resolve("weights.pth");
        for (var item : refusals.entrySet()) {
            Files.write(file, item.getValue());
            assertTrue(refusal(file).contains(item.getKey()), refusal(file));
        }
    }

    @Test
    void namesAZipThatIsNotOfTorch() throws IOException {
        Path file = folder.resolve("a.pth");
        TorchZip.write(file, Map.of("a/b", new byte[1]));
        assertTrue(refusal(file).contains("no data.pkl"));
        byte[] pickle = new PickleProgram().op('N').stop();
        TorchZip.write(file, Map.of("a/data.pkl", pickle, "a/byteorder", ascii("big")));
        assertTrue(refusal(file).contains("big-endian"));
        TorchZip.write(file, Map.of("a/data.pkl", pickle));
        assertTrue(refusal(file).contains("its root is None, not a dict of tensors"));
        TorchZip.write(file, Map.of("a/data.pkl", new PickleProgram().op('}').stop()));
        assertTrue(refusal(file).contains("no tensors"));
    }

    @Test
    void tensorsBelowTheRootAreReadWhereItIsClearWhichAreMeant() {
        TorchTensor one = TorchTensor.scalar(1);
        Map<String, Object> dict = Map.of("a.weight", one);
        for (Map<String, Object> root :
                List.<Map<String, Object>>of(
                        Map.of("model", dict, "epoch", 3L),
                        Map.of("state_dict", dict, "epoch", 3L),
                        Map.of("net", dict, "args", Map.of("lr", 1.0), "epoch", 3L),
                        Map.of("state_dict", dict, "ema", dict, "epoch", 3L))) {
            Path file = folder.resolve("below.pth");
            TorchWriter.write(file, root);
            try (TensorSource source = TensorSource.open(file)) {
                assertEquals(List.of("a.weight"), List.copyOf(source.tensors().keySet()));
                assertEquals(3L, source.rest().get("epoch"));
                assertEquals(root.size() - 1, source.rest().size());
            }
        }
        for (String wrapper : List.of("module.", "_orig_mod.", "module._orig_mod.")) {
            Path file = folder.resolve("wrapped.pth");
            TorchWriter.write(file, Map.of(wrapper + "a", one, wrapper + "module.b", one));
            try (TensorSource source = TensorSource.open(file)) {
                assertEquals(Set.of("a", "module.b"), source.tensors().keySet());
                assertEquals(4, source.read("a").remaining());
            }
        }
    }

    @Test
    void aRootWithoutOneClearStateDictIsListed() {
        Map<String, Object> dict = Map.of("a.weight", TorchTensor.scalar(1));
        Path file = folder.resolve("unclear.pth");
        TorchWriter.write(file, Map.of("encoder", dict, "decoder", dict));
        String several = refusal(file);
        assertTrue(several.contains("tensors are in several dicts"), several);
        assertTrue(several.contains("encoder (a dict of 1, 1 tensors)"), several);
        TorchWriter.write(file, Map.of("epoch", 3L));
        assertTrue(refusal(file).contains("epoch (the number 3)"), refusal(file));
    }

    @Test
    void namesWhatIsNotThere() {
        Path absent = folder.resolve("absent.pth");
        assertTrue(refusal(absent).contains("there is no file " + absent));
        assertTrue(refusal(folder).contains("no weights in the folder " + folder));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void index(String... keysAndFiles) throws IOException {
        var map = new StringBuilder();
        for (int i = 0; i < keysAndFiles.length; i += 2) {
            map.append(i == 0 ? "" : ",");
            map.append("\"%s\": \"%s\"".formatted(keysAndFiles[i], keysAndFiles[i + 1]));
        }
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\": {}, \"weight_map\": {%s}}".formatted(map));
    }

    private static String refusal(Path path) {
        return assertThrows(UsageException.class, () -> TensorSource.open(path)).getMessage();
    }
}
