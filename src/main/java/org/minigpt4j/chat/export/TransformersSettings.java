package org.minigpt4j.chat.export;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.Canary;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.text.Tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the small files of a folder that transformers opens as a {@code
 * Blip2ForConditionalGeneration}. The picture's positions are {@code <unk>} tokens, so the
 * vocabulary keeps its size, and logits and loss stay the same. It uses the older key names ({@code
 * torch_dtype}, {@code rope_theta}), which versions 4 and 5 of transformers both read.
 */
final class TransformersSettings {

    private static final long LONGEST = 4 << 20;
    private static final String IMAGE = "<unk>";
    private static final List<String> COPIED =
            List.of("tokenizer.model", "tokenizer.json", "added_tokens.json");
    private static final double[] MEAN = {0.48145466, 0.4578275, 0.40821073};
    private static final double[] STD = {0.26862954, 0.26130258, 0.27577711};
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

    private final ModelFiles files;
    private final Tokenizer tokenizer;
    private final Path llama;
    private final Path out;

    TransformersSettings(ModelFiles files, Tokenizer tokenizer, Path llama, Path out) {
        this.files = files;
        this.tokenizer = tokenizer;
        this.llama = llama;
        this.out = out;
    }

    /** Refuses a language model without a token that can mark a picture's positions. */
    void requireImageToken() {
        if (tokenizer.unkId() < 0 || tokenizer.encode(IMAGE).length != 1) {
            throw new UsageException(
                    ("%s: the tokenizer has no %s, which marks the picture's"
                                    + " positions; only models with LLaMA's SentencePiece tokenizer"
                                    + " can be exported for transformers")
                            .formatted(llama, IMAGE));
        }
    }

    void write(ChatTemplate template) {
        json("config.json", config());
        json("generation_config.json", generation());
        json("preprocessor_config.json", preprocessor());
        json("processor_config.json", processor());
        json("tokenizer_config.json", tokenizerConfig());
        AtomicFile.writeString(
                out.resolve("chat_template.jinja"), JinjaTemplate.of(template, IMAGE));
        for (String name : COPIED) {
            if (Files.exists(llama.resolve(name))) {
                AtomicFile.copy(llama.resolve(name), out.resolve(name));
            }
        }
    }

    /** Writes the expected results for docs/peers/check_export.py. */
    void write(Canary canary) {
        JsonObject json = new JsonObject();
        json.addProperty("question", Canary.QUESTION);
        json.add("prompt", GSON.toJsonTree(canary.prompt()));
        json.add("caption", GSON.toJsonTree(canary.caption()));
        json.addProperty("loss", canary.loss());
        json.add("tokens", GSON.toJsonTree(canary.tokens()));
        json.add("logits", GSON.toJsonTree(canary.logits()));
        AtomicFile.writeString(out.resolve("canary.json"), new Gson().toJson(json));
    }

    private void json(String name, JsonObject json) {
        AtomicFile.writeString(out.resolve(name), GSON.toJson(json) + "\n");
    }

    private JsonObject config() {
        JsonObject json = new JsonObject();
        json.add("architectures", array("Blip2ForConditionalGeneration"));
        json.addProperty("model_type", "blip-2");
        json.addProperty("num_query_tokens", files.qformer().queries());
        json.addProperty("image_token_index", tokenizer.unkId());
        json.addProperty("tie_word_embeddings", false);
        json.addProperty("torch_dtype", "float32");
        json.addProperty("use_decoder_only_language_model", true);
        json.add("vision_config", vision());
        json.add("qformer_config", qformer());
        JsonObject text = ForeignJson.read(llama.resolve("config.json"), LONGEST).copyObject();
        text.remove("torch_dtype");
        text.remove("dtype");
        if (!text.has("model_type")) {
            text.addProperty("model_type", "llama");
        }
        json.add("text_config", text);
        return json;
    }

    private JsonObject vision() {
        JsonObject json = new JsonObject();
        json.addProperty("model_type", "blip_2_vision_model");
        json.addProperty("hidden_size", files.vit().width());
        json.addProperty("intermediate_size", files.vit().hidden());
        json.addProperty("num_hidden_layers", files.vit().depth());
        json.addProperty("num_attention_heads", files.vit().heads());
        json.addProperty("image_size", files.vit().imageSize());
        json.addProperty("patch_size", files.vit().patchSize());
        json.addProperty("hidden_act", "gelu");
        json.addProperty("layer_norm_eps", files.vit().layerNormEps());
        json.addProperty("qkv_bias", true);
        return json;
    }

    private JsonObject qformer() {
        JsonObject json = new JsonObject();
        json.addProperty("model_type", "blip_2_qformer");
        json.addProperty("hidden_size", files.qformer().width());
        json.addProperty("num_hidden_layers", files.qformer().layers());
        json.addProperty("num_attention_heads", files.qformer().heads());
        json.addProperty("intermediate_size", files.qformer().hidden());
        json.addProperty("encoder_hidden_size", files.qformer().imageWidth());
        json.addProperty("cross_attention_frequency", files.qformer().crossEvery());
        json.addProperty("layer_norm_eps", files.qformer().layerNormEps());
        json.addProperty("vocab_size", 30522);
        return json;
    }

    private JsonObject generation() {
        JsonObject json = new JsonObject();
        json.addProperty("bos_token_id", tokenizer.bosId());
        json.addProperty("eos_token_id", tokenizer.eosId());
        json.addProperty("pad_token_id", tokenizer.eosId());
        return json;
    }

    private JsonObject preprocessor() {
        int side = files.vit().imageSize();
        JsonObject size = new JsonObject();
        size.addProperty("height", side);
        size.addProperty("width", side);
        JsonObject json = new JsonObject();
        json.addProperty("image_processor_type", "BlipImageProcessor");
        json.addProperty("do_convert_rgb", true);
        json.addProperty("do_normalize", true);
        json.addProperty("do_rescale", true);
        json.addProperty("do_resize", true);
        json.add("image_mean", array(MEAN));
        json.add("image_std", array(STD));
        json.addProperty("resample", 3);
        json.addProperty("rescale_factor", 1 / 255.0);
        json.add("size", size);
        json.addProperty("processor_class", "LlavaProcessor");
        return json;
    }

    /**
     * The processor's settings. A single patch plus {@code queries - 1} additional tokens gives one
     * position per query.
     */
    private JsonObject processor() {
        JsonObject json = new JsonObject();
        json.addProperty("processor_class", "LlavaProcessor");
        json.addProperty("patch_size", files.vit().imageSize());
        json.addProperty("num_additional_image_tokens", files.qformer().queries() - 1);
        json.addProperty("vision_feature_select_strategy", "full");
        json.addProperty("image_token", IMAGE);
        return json;
    }

    private JsonObject tokenizerConfig() {
        JsonObject extra = new JsonObject();
        extra.addProperty("image_token", IMAGE);
        JsonObject json = new JsonObject();
        json.addProperty("tokenizer_class", "LlamaTokenizer");
        json.addProperty("legacy", true);
        json.addProperty("add_bos_token", true);
        json.addProperty("add_eos_token", false);
        json.addProperty("clean_up_tokenization_spaces", false);
        json.addProperty("bos_token", tokenizer.decode(new int[] {tokenizer.bosId()}));
        json.addProperty("eos_token", tokenizer.decode(new int[] {tokenizer.eosId()}));
        json.addProperty("unk_token", IMAGE);
        // Not <unk> as in Vicuna, or padding would be mistaken for a picture's positions.
        json.addProperty("pad_token", tokenizer.decode(new int[] {tokenizer.eosId()}));
        json.add("extra_special_tokens", extra);
        json.addProperty("processor_class", "LlavaProcessor");
        return json;
    }

    private static JsonArray array(double[] values) {
        JsonArray array = new JsonArray();
        for (double value : values) {
            array.add(value);
        }
        return array;
    }

    private static JsonArray array(String value) {
        JsonArray array = new JsonArray();
        array.add(value);
        return array;
    }
}
