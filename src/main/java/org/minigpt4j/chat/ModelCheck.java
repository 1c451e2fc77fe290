package org.minigpt4j.chat;

import ai.djl.Device;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.generate.PlainSpeech;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Devices;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.weights.EncoderFile;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A check of a loaded model: the canary, plain sentences, and the canary with the templates of
 * other language models.
 *
 * @param name SHA-256 that identifies its files, see {@link #name}
 * @param answer the canary's tokens as text
 * @param warnings descriptions of likely mistakes
 */
public record ModelCheck(
        String name, Canary canary, String answer, PlainSpeech speech, List<String> warnings) {

    private static final int HEAD = 4096;
    private static final double CLEARLY = 0.7;
    private static final List<String> TYPES =
            List.of(
                    "pretrain_vicuna",
                    "pretrain_vicuna_v1",
                    "pretrain_llama2",
                    "pretrain_llama3",
                    "pretrain_mistral",
                    "pretrain_qwen25");

    /**
     * Loads the model and checks it.
     *
     * @throws UsageException if a file is missing or does not fit
     */
    public static ModelCheck of(EvalConfig config) throws InterruptedException {
        ModelFiles files = new ModelFiles(config.model(), config::where);
        files.requireFit();
        Path ckpt = config.model().ckpt().orElseThrow();
        String setting = config.where("model.ckpt") + ": model.ckpt";
        TrainableValues trained = TrainedTensors.completed(ckpt, setting, files);
        Device device =
                Devices.of(config.run().device(), config.where("run.device") + ": run.device");
        ComputePrecision precision =
                ComputePrecision.of(config.run().precision(), device, config.run().amp());
        try (Tokenizer tokenizer = Tokenizer.open(config.model().llamaModel())) {
            files.requireRows(tokenizer);
            try (Backbone backbone = files.load(device, precision, (key, bytes) -> {});
                    MiniGpt4 model = MiniGpt4.trained(backbone, trained)) {
                return look(config, model, tokenizer, trained);
            }
        }
    }

    private static ModelCheck look(
            EvalConfig config, MiniGpt4 model, Tokenizer tokenizer, TrainableValues trained)
            throws InterruptedException {
        String type = config.model().modelType();
        Canary canary = canary(model, tokenizer, type, config.model().endSym());
        PlainSpeech speech = PlainSpeech.of(model.backbone().llama(), tokenizer, model.manager());
        List<String> warnings = new ArrayList<>(speech.warning().stream().toList());
        if (warnings.isEmpty()) {
            String best = type;
            double least = canary.loss();
            for (String other : TYPES) {
                double loss = canary(model, tokenizer, other, config.model().endSym()).loss();
                if (loss < least) {
                    best = other;
                    least = loss;
                }
            }
            if (least < canary.loss() - CLEARLY) {
                warnings.add(
                        String.format(
                                Locale.ROOT,
                                "the prompt may be another model's: the caption has a loss of %.2f"
                                        + " with the template of model_type %s, and of %.2f with"
                                        + " that of %s",
                                canary.loss(),
                                type,
                                least,
                                best));
            }
        }
        return new ModelCheck(
                name(config, trained),
                canary,
                tokenizer.decode(canary.tokens()),
                speech,
                List.copyOf(warnings));
    }

    private static Canary canary(
            MiniGpt4 model, Tokenizer tokenizer, String modelType, String endSymbol)
            throws InterruptedException {
        return Canary.of(model, tokenizer, ChatTemplate.of(modelType), endSymbol);
    }

    /**
     * Identifies the loaded weights by a hash over the keys, types, shapes and first 4 KiB of each
     * tensor in the three files, and over all trained tensors. It reads little of the 26 GB, so it
     * does not detect damage inside a tensor; {@code inspect --digest} does.
     */
    private static String name(EvalConfig config, TrainableValues trained) {
        Sha256 hash = new Sha256();
        List<Supplier<TensorSource>> files = new ArrayList<>();
        files.add(() -> EncoderFile.open(config.model().vitWeights()));
        if (config.model().hasQformer()) {
            files.add(() -> EncoderFile.open(config.model().qFormerModel().orElseThrow()));
        }
        files.add(() -> TensorSource.open(config.model().llamaModel()));
        for (Supplier<TensorSource> file : files) {
            try (TensorSource source = file.get()) {
                for (TensorInfo info : new TreeMap<>(source.tensors()).values()) {
                    String head = info.key() + info.dtype() + Arrays.toString(info.shape());
                    hash.update(ByteBuffer.wrap(head.getBytes(StandardCharsets.UTF_8)));
                    ByteBuffer bytes = source.read(info.key());
                    hash.update(bytes.slice(0, Math.min(HEAD, bytes.remaining())));
                }
            }
        }
        ByteBuffer values = ByteBuffer.allocate(trained.values().length * Float.BYTES);
        values.asFloatBuffer().put(FloatBuffer.wrap(trained.values()));
        return hash.update(values).hex();
    }
}
