package org.minigpt4j.chat.export;

import ai.djl.Device;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.Canary;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Devices;
import org.minigpt4j.model.EvaVit;
import org.minigpt4j.model.FrozenBlock;
import org.minigpt4j.model.Llama;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.OverlaidSource;
import org.minigpt4j.model.QFormer;
import org.minigpt4j.model.RandomWeights;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.weights.BelowPrefix;
import org.minigpt4j.weights.EncoderFile;
import org.minigpt4j.weights.HfBlip2Source;
import org.minigpt4j.weights.HfFolderWriter;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Exports a trained MiniGPT-4 to a folder that transformers opens as a {@code
 * Blip2ForConditionalGeneration}, with its processor and chat template. The export is then loaded
 * again and must give the same loss, logits and tokens, bit for bit; otherwise the folder is
 * deleted.
 *
 * @param config the model
 * @param out a folder that does not exist or is empty
 */
public record TransformersExport(EvalConfig config, Path out) {

    private static final String LLM = "language_model.";

    /**
     * The tensors written, and the canary's results, which are the same for the original and the
     * copy.
     */
    public record Result(List<TensorInfo> tensors, Canary canary) {}

    /**
     * Exports the model.
     *
     * @param progress called for each tensor written
     * @throws UsageException if the model cannot be exported in this format
     * @throws FailedException if the copy's results differ from the original's
     */
    public Result run(Consumer<TensorInfo> progress) throws InterruptedException {
        requireEmpty();
        if (config.model().projLayers() > 1) {
            throw new UsageException(
                    "%s: model.proj_layers: %d; transformers' InstructBLIP has one projection layer, so"
                                    .formatted(
                                            config.where("model.proj_layers"),
                                            config.model().projLayers())
                            + " this model cannot be exported");
        }
        if (!config.model().hasQformer()) {
            throw new UsageException(
                    ("%s: model.has_qformer: False; transformers' InstructBLIP has a Q-Former, so this"
                                    + " model cannot be exported")
                            .formatted(config.where("model.has_qformer")));
        }
        ModelFiles files = new ModelFiles(config.model(), config::where);
        files.requireFit();
        Path ckpt = config.model().ckpt().orElseThrow();
        String setting = config.where("model.ckpt") + ": model.ckpt";
        TrainableValues trained = TrainedTensors.completed(ckpt, setting, files);
        Path llama = config.model().llamaModel();
        try (Tokenizer tokenizer = Tokenizer.open(llama)) {
            files.requireRows(tokenizer);
            var settings = new TransformersSettings(files, tokenizer, llama, out);
            settings.requireImageToken();
            boolean done = false;
            try {
                List<TensorInfo> tensors = writeTensors(files, trained, progress);
                settings.write(ChatTemplate.of(config.model().modelType()));
                Canary copy = canary(loadCopy(files), trained, tokenizer);
                Canary original = canary(loadOriginal(files), trained, tokenizer);
                if (!copy.isSameAs(original)) {
                    throw new FailedException(
                            ("%s was written, but gives another result than the"
                                            + " model: a loss of %s, not %s. It was removed.")
                                    .formatted(
                                            out,
                                            Double.toString(copy.loss()),
                                            Double.toString(original.loss())));
                }
                settings.write(original);
                done = true;
                return new Result(tensors, original);
            } finally {
                if (!done) {
                    delete();
                }
            }
        }
    }

    private void requireEmpty() {
        try (var there = Files.exists(out) ? Files.list(out) : Stream.<Path>of()) {
            if (there.findAny().isPresent()) {
                throw new UsageException("%s is not empty; choose another folder".formatted(out));
            }
        } catch (IOException e) {
            throw new UsageException("%s is not a folder: %s".formatted(out, e.getMessage()), e);
        }
    }

    private List<TensorInfo> writeTensors(
            ModelFiles files, TrainableValues trained, Consumer<TensorInfo> progress) {
        try (TensorSource vit = EncoderFile.open(config.model().vitWeights());
                TensorSource queries =
                        new OverlaidSource(
                                EncoderFile.open(config.model().qFormerModel().orElseThrow()),
                                trained);
                TensorSource llama = TensorSource.open(config.model().llamaModel());
                var all = new HfBlip2Source()) {
            FrozenBlock encoder = new EvaVit(files.vit(), null);
            requirePositions(vit, encoder);
            all.addEncoder(queries, keys(new QFormer(files.qformer(), null)));
            all.addEncoder(vit, keys(encoder));
            all.addProjection(
                    trained.floats(TrainableSet.WEIGHT), trained.floats(TrainableSet.BIAS));
            all.addLanguageModel(llama, keys(new Llama(files.llama(), false, null)));
            List<TensorInfo> tensors = List.copyOf(all.tensors().values());
            try (var writer = HfFolderWriter.create(out, tensors, HfFolderWriter.SHARD_BYTES)) {
                for (TensorInfo info : tensors) {
                    writer.write(info.key(), all.read(info.key()));
                    progress.accept(info);
                }
                writer.commit();
            }
            return tensors;
        }
    }

    /**
     * Refuses an image size that needs interpolated position embeddings: we interpolate on loading,
     * but transformers would not.
     */
    private void requirePositions(TensorSource vit, FrozenBlock encoder) {
        for (TensorInfo info : RandomWeights.tensors(encoder)) {
            TensorInfo found = vit.tensors().get(info.key());
            if (!Arrays.equals(found.shape(), info.shape())) {
                throw new UsageException(
                        "%s: model.image_size differs from that of the image encoder's file (%s is %s);"
                                        .formatted(
                                                config.where("model.image_size"),
                                                info.key(),
                                                Arrays.toString(found.shape()))
                                + " only the file's image size can be exported");
            }
        }
    }

    private static List<String> keys(FrozenBlock block) {
        return RandomWeights.tensors(block).stream().map(TensorInfo::key).toList();
    }

    private Device device() {
        return Devices.of(config.run().device(), config.where("run.device") + ": run.device");
    }

    private ComputePrecision precision(Device device) {
        return ComputePrecision.of(config.run().precision(), device, config.run().amp());
    }

    private Backbone loadOriginal(ModelFiles files) {
        Device device = device();
        return files.load(device, precision(device), (key, bytes) -> {});
    }

    private Backbone loadCopy(ModelFiles files) {
        Device device = device();
        Backbone backbone =
                new Backbone(device, files.vit(), files.qformer(), files.llama(), false);
        try (TensorSource encoders = EncoderFile.open(out);
                TensorSource llama = new BelowPrefix(TensorSource.open(out), LLM)) {
            var loader =
                    backbone.loader(
                            precision(device), config.model().lowResource(), (key, bytes) -> {});
            String setting = "the copy";
            loader.load(backbone.vit(), encoders, setting);
            loader.load(backbone.qformer(), encoders, setting);
            loader.load(backbone.llama(), llama, setting);
            return backbone;
        } catch (RuntimeException | Error e) {
            backbone.close();
            throw e;
        }
    }

    private Canary canary(Backbone loaded, TrainableValues trained, Tokenizer tokenizer)
            throws InterruptedException {
        try (Backbone backbone = loaded;
                MiniGpt4 model = MiniGpt4.trained(backbone, trained)) {
            ChatTemplate template = ChatTemplate.of(config.model().modelType());
            return Canary.of(model, tokenizer, template, config.model().endSym());
        }
    }

    private void delete() {
        if (!Files.isDirectory(out)) {
            return;
        }
        try (var files = Files.list(out)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new FailedException("%s cannot be removed: %s".formatted(out, e), e);
        }
    }
}
