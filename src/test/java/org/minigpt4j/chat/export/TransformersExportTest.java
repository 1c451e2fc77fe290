package org.minigpt4j.chat.export;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Resources;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.nano.parts.NanoParts;
import org.minigpt4j.weights.Blip2Import;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The files of an export; docs/peers/check_export.py opens one with transformers itself. */
class TransformersExportTest {

    @TempDir static Path temp;
    private static List<String> options;
    private static Path out;
    private static TransformersExport.Result result;

    @BeforeAll
    static void export() throws InterruptedException {
        options = NanoChat.options(temp);
        out = temp.resolve("hf");
        result = new TransformersExport(config(List.of()), out).run(tensor -> {});
    }

    private static EvalConfig config(List<String> more) {
        List<String> all = new ArrayList<>(options);
        all.addAll(more);
        return EvalConfig.load(NanoChat.FILE, all);
    }

    private static JsonObject json(String name) throws IOException {
        return JsonParser.parseString(Files.readString(out.resolve(name))).getAsJsonObject();
    }

    @Test
    void everyTensorHasTheNameThatTransformersGivesIt() {
        try (TensorSource source = TensorSource.open(out)) {
            Set<String> keys = source.tensors().keySet();
            assertEquals(result.tensors().size(), keys.size());
            assertTrue(
                    keys.containsAll(
                            List.of(
                                    "query_tokens",
                                    "vision_model.embeddings.class_embedding",
                                    "vision_model.embeddings.position_embedding",
                                    "vision_model.embeddings.patch_embedding.bias",
                                    "vision_model.encoder.layers.3.self_attn.qkv.bias",
                                    "vision_model.encoder.layers.3.self_attn.projection.weight",
                                    "vision_model.encoder.layers.0.layer_norm1.weight",
                                    "vision_model.post_layernorm.weight",
                                    "qformer.layernorm.bias",
                                    "qformer.encoder.layer.0.attention.attention.query.weight",
                                    "qformer.encoder.layer.0.crossattention.attention.key.weight",
                                    "qformer.encoder.layer.2.crossattention.output.LayerNorm.bias",
                                    "qformer.encoder.layer.3.output_query.dense.weight",
                                    "language_projection.weight",
                                    "language_model.model.embed_tokens.weight",
                                    "language_model.model.layers.3.self_attn.q_proj.weight",
                                    "language_model.lm_head.weight")));
            assertFalse(keys.contains("qformer.encoder.layer.1.crossattention.attention.key.bias"));
        }
    }

    @Test
    void theSettingsAreThoseThatWorked() throws IOException {
        JsonObject config = json("config.json");
        assertEquals("blip-2", config.get("model_type").getAsString());
        assertEquals(0, config.get("image_token_index").getAsInt());
        assertEquals(NanoParts.QFORMER.queries(), config.get("num_query_tokens").getAsInt());
        JsonObject vision = config.getAsJsonObject("vision_config");
        assertEquals(1e-6, vision.get("layer_norm_eps").getAsDouble());
        assertEquals(112, vision.get("image_size").getAsInt());
        assertEquals(
                "llama", config.getAsJsonObject("text_config").get("model_type").getAsString());
        JsonObject processor = json("processor_config.json");
        int places = processor.get("num_additional_image_tokens").getAsInt() + 1;
        assertEquals(NanoParts.QFORMER.queries(), places);
        assertEquals(112, processor.get("patch_size").getAsInt());
        JsonObject tokenizer = json("tokenizer_config.json");
        assertTrue(tokenizer.get("legacy").getAsBoolean());
        assertEquals("</s>", tokenizer.get("pad_token").getAsString());
        assertEquals("<s>", tokenizer.get("bos_token").getAsString());
        assertTrue(Files.exists(out.resolve("tokenizer.model")));
        assertTrue(Files.readString(out.resolve("chat_template.jinja")).contains("ImageContent"));
        assertEquals(
                96 + NanoParts.QFORMER.queries(),
                json("canary.json").getAsJsonArray("prompt").size());
    }

    /** Out, in and out again: no byte differs. */
    @Test
    void whatWasExportedCanBeImportedAndExportedAgain() throws Exception {
        Path imported = temp.resolve("imported");
        new Blip2Import(out.toString(), imported, Optional.empty(), Set.of()).run((d, t) -> {});
        for (boolean folder : new boolean[] {false, true}) {
            Path again = temp.resolve("again" + folder);
            Path vit = folder ? out : imported.resolve(Blip2Import.VIT);
            Path queries = folder ? out : imported.resolve(Blip2Import.QFORMER);
            EvalConfig config =
                    config(List.of("model.vit_weights=" + vit, "model.q_former_model=" + queries));
            var second = new TransformersExport(config, again).run(tensor -> {});
            assertEquals(result.canary(), second.canary());
            assertArrayEquals(
                    Files.readAllBytes(out.resolve("model.safetensors")),
                    Files.readAllBytes(again.resolve("model.safetensors")));
        }
    }

    @Test
    void aFolderThatHoldsSomethingIsLeftAlone() {
        var export = new TransformersExport(config(List.of()), out);
        String message =
                assertThrows(UsageException.class, () -> export.run(tensor -> {})).getMessage();
        assertTrue(message.contains("not empty"), message);
        assertTrue(Files.exists(out.resolve("config.json")));
    }

    @Test
    void aTokenizerWithoutATokenForPicturesIsRefusedBeforeAnythingIsWritten() throws IOException {
        Path llama = temp.resolve("bytes");
        Files.createDirectories(llama);
        for (String name : List.of("config.json", "generation_config.json")) {
            Files.copy(temp.resolve("weights/llama").resolve(name), llama.resolve(name));
        }
        try (var files = Files.list(temp.resolve("weights/llama"))) {
            for (Path file : files.filter(f -> f.toString().contains("safetensors")).toList()) {
                Files.copy(file, llama.resolve(file.getFileName()));
            }
        }
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(Resources.path("org/minigpt4j/text/qwen25/" + name), llama.resolve(name));
        }
        Path other = temp.resolve("other");
        var export = new TransformersExport(config(List.of("model.llama_model=" + llama)), other);
        String message =
                assertThrows(UsageException.class, () -> export.run(tensor -> {})).getMessage();
        assertTrue(message.contains("<unk>"), message);
        assertFalse(Files.exists(other));
    }

    @Test
    void upstreamsFileHasTheTrainedTensors() {
        Path file = new UpstreamExport(config(List.of()), temp.resolve("upstream")).run();
        try (TensorSource source = TensorSource.open(file);
                TensorSource exported = TensorSource.open(out)) {
            TensorInfo weight = source.tensors().get("llama_proj.weight");
            assertEquals(exported.read("language_projection.weight"), source.read(weight.key()));
        }
    }

    @Test
    void everyTemplateIsWrittenWithItsTextsAsLiterals() {
        String jinja = JinjaTemplate.of(ChatTemplate.QWEN25, "<unk>");
        assertTrue(jinja.contains("\"<|im_start|>assistant\\n\""), jinja);
        assertFalse(jinja.matches("(?s).*\\b(SYSTEM|HUMAN|ASSISTANT|CLOSING)_?.*"), jinja);
    }
}
