package org.minigpt4j.model;

import ai.djl.Device;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.ModelConfig;
import org.minigpt4j.config.QFormerConfig;
import org.minigpt4j.config.VitConfig;
import org.minigpt4j.io.Sha256;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The frozen parts that a configuration describes: their sizes, their files, and how to load them.
 */
public final class ModelFiles {

    private static final String NOT_OURS =
            "%s: %s: this Q-Former is %s; MiniGPT-4's is that of BLIP-2 for flan-t5-xxl"
                    + " (blip2_pretrained_flant5xxl.pth or Salesforce/blip2-flan-t5-xxl)";

    private final ModelConfig config;
    private final UnaryOperator<String> where;
    private final VitDims vit;
    private final QFormerDims qformer;
    private final LlamaDims llama;

    /**
     * Reads the sizes; of the language model's folder only {@code config.json}.
     *
     * @param where says where a key of the configuration got its value
     * @throws UsageException if sizes do not go together
     */
    public ModelFiles(ModelConfig config, UnaryOperator<String> where) {
        this(config, where, LlamaDims.read(config.llamaModel()));
    }

    /** With a language model of these sizes, whose folder need not be here. */
    public ModelFiles(ModelConfig config, UnaryOperator<String> where, LlamaDims llama) {
        this.config = config;
        this.where = where;
        VitConfig v = config.vit();
        QFormerConfig q = config.qformer();
        vit =
                sized(
                        "model.vit",
                        () ->
                                VitDims.of(
                                        config.imageSize(),
                                        v.patchSize(),
                                        v.width(),
                                        v.depth(),
                                        v.heads(),
                                        v.mlpRatio()));
        qformer =
                config.hasQformer()
                        ? sized(
                                "model.qformer",
                                () ->
                                        new QFormerDims(
                                                config.numQueryToken(),
                                                q.hiddenSize(),
                                                q.layers(),
                                                q.heads(),
                                                q.intermediateSize(),
                                                q.crossAttentionFreq(),
                                                v.width()))
                        : sized("model.has_qformer", () -> QFormerDims.none(vit));
        this.llama = llama;
    }

    private <T> T sized(String key, Supplier<T> dims) {
        try {
            return dims.get();
        } catch (IllegalArgumentException e) {
            throw new UsageException(where.apply(key) + ": " + key + ": " + e.getMessage(), e);
        }
    }

    /** Sizes of the image encoder. */
    public VitDims vit() {
        return vit;
    }

    /** Sizes of the Q-Former. */
    public QFormerDims qformer() {
        return qformer;
    }

    /** Sizes of the language model. */
    public LlamaDims llama() {
        return llama;
    }

    /**
     * Checks that the language model has a row for every token. It may have more: Vicuna v0 has one
     * for padding, others round up.
     *
     * @throws UsageException if the tokenizer has more tokens than the model rows
     */
    public void requireRows(Tokenizer tokenizer) {
        if (tokenizer.vocabSize() > llama.vocab()) {
            throw new UsageException(
                    ("%s: model.llama_model: the tokenizer has %d tokens and the model %d; is this"
                                    + " a Vicuna delta that was never merged, or another model's"
                                    + " tokenizer? If the token beyond the model is for padding,"
                                    + " take it out of added_tokens.json")
                            .formatted(
                                    where.apply("model.llama_model"),
                                    tokenizer.vocabSize(),
                                    llama.vocab()));
        }
    }

    /** One file and the blocks to load from it. */
    private record Part(String key, Path file, FrozenBlock block) {

        TensorSource open() {
            return block instanceof Llama ? TensorSource.open(file) : EncoderFile.open(file);
        }
    }

    private List<Part> parts(EvaVit eva, QFormer queries, Llama decoder) {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("model.vit_weights", config.vitWeights(), eva));
        qformerFile().ifPresent(file -> parts.add(new Part("model.q_former_model", file, queries)));
        parts.add(new Part("model.llama_model", config.llamaModel(), decoder));
        return parts;
    }

    /** The Q-Former's file; empty if the model has no Q-Former. */
    private Optional<Path> qformerFile() {
        return config.qFormerModel().filter(file -> config.hasQformer());
    }

    private static List<Part> encoders(List<Part> parts) {
        return parts.stream().filter(part -> !(part.block() instanceof Llama)).toList();
    }

    /**
     * Refuses files that do not hold what the model needs.
     *
     * @throws UsageException with every fault of {@link #check}
     */
    public void requireFit() {
        require(check());
    }

    private static void require(List<String> faults) {
        if (!faults.isEmpty()) {
            throw new UsageException(String.join("\n", faults));
        }
    }

    /**
     * Compares the headers of all files with what the model needs.
     *
     * @return a line per fault, with the setting that named the file; the first few of each file
     */
    public List<String> check() {
        return check(
                parts(
                        new EvaVit(vit, null),
                        new QFormer(qformer, null),
                        new Llama(llama, config.gradCheckpoint(), null)));
    }

    private List<String> check(List<Part> parts) {
        List<String> faults = new ArrayList<>();
        for (Part part : parts) {
            try (TensorSource source = part.open()) {
                if (part.block() instanceof QFormer) {
                    EncoderFile.stranger(source)
                            .map(whose -> NOT_OURS.formatted(setting(part), part.file(), whose))
                            .ifPresent(faults::add);
                }
                faults.addAll(
                        WeightLoader.summary(
                                WeightLoader.check(part.block(), source, setting(part))));
            } catch (UsageException e) {
                faults.add(setting(part) + ": " + e.getMessage());
            }
        }
        return faults;
    }

    private String setting(Part part) {
        return where.apply(part.key()) + ": " + part.key();
    }

    /** Loads all parts onto a device, just as their files have them. */
    public Backbone load(
            Device device, ComputePrecision precision, WeightLoader.Progress progress) {
        return load(device, precision, TrainableValues.NONE, false, progress);
    }

    /**
     * Loads all parts onto a device.
     *
     * @param trained weights of the Q-Former that come from elsewhere than its file
     * @param tunes whether the Q-Former learns: each model then brings its own
     * @throws UsageException with every fault of {@link #check}, before anything large is read
     */
    public Backbone load(
            Device device,
            ComputePrecision precision,
            TrainableValues trained,
            boolean tunes,
            WeightLoader.Progress progress) {
        return load(device, precision, trained, tunes, UnaryOperator.identity(), progress);
    }

    /**
     * Loads the image encoder and the Q-Former onto a device, and no language model: enough for
     * {@link Backbone#features}.
     *
     * @param trained weights of the Q-Former that come from elsewhere than its file
     * @throws UsageException with every fault of the two files
     */
    public Backbone loadEncoders(
            Device device, ComputePrecision precision, TrainableValues trained) {
        return load(device, precision, trained, false, ModelFiles::encoders, (tensor, bytes) -> {});
    }

    private Backbone load(
            Device device,
            ComputePrecision precision,
            TrainableValues trained,
            boolean tunes,
            UnaryOperator<List<Part>> wanted,
            WeightLoader.Progress progress) {
        precision.requireOn(device);
        Backbone backbone = new Backbone(device, vit, qformer, llama, config.gradCheckpoint());
        try {
            List<Part> parts =
                    wanted.apply(parts(backbone.vit(), backbone.qformer(), backbone.llama()));
            require(check(parts));
            WeightLoader loader = backbone.loader(precision, config.lowResource(), progress);
            for (Part part : parts) {
                boolean some = tunes && part.block() == backbone.qformer();
                try (TensorSource source = overlaid(part.open(), trained)) {
                    if (part.block() == backbone.llama()
                            && config.lowResource()
                            && config.int8Folder().isPresent()) {
                        loader.load(
                                part.block(),
                                source,
                                setting(part),
                                config.llamaModel(),
                                config.int8Folder().get());
                        continue;
                    }
                    loader.load(
                            part.block(),
                            source,
                            setting(part),
                            parameter -> !some || backbone.qformer().isFixed(parameter));
                }
            }
            return backbone;
        } catch (RuntimeException | Error e) {
            backbone.close();
            throw e;
        }
    }

    private static TensorSource overlaid(TensorSource source, TrainableValues trained) {
        return trained.set().tensors().isEmpty() ? source : new OverlaidSource(source, trained);
    }

    /** What learns: the projection, and the Q-Former before it if there is one that does. */
    public TrainableSet trainable(boolean tunes) {
        TrainableSet projection =
                TrainableSet.projection(llama.hidden(), qformer.width(), config.projLayers());
        return tunes ? new QFormer(qformer, null).trainable().then(projection) : projection;
    }

    /**
     * The Q-Former's weights as its file has them, in the order of {@link QFormer#trainable}.
     *
     * @throws UsageException if the file does not fit
     */
    public TrainableValues qformerValues() {
        QFormer block = new QFormer(qformer, null);
        TrainableSet set = block.trainable();
        TrainableValues values = new TrainableValues(set, new float[set.length()]);
        String setting = where.apply("model.q_former_model") + ": model.q_former_model";
        try (TensorSource source = EncoderFile.open(qformerFile().orElseThrow())) {
            List<String> faults = WeightLoader.check(block, source, setting);
            if (!faults.isEmpty()) {
                throw new UsageException(String.join("\n", WeightLoader.summary(faults)));
            }
            for (TrainableTensor tensor : set.tensors()) {
                float[] numbers = new float[tensor.length()];
                source.tensors()
                        .get(tensor.name())
                        .dtype()
                        .widen(source.read(tensor.name()), FloatBuffer.wrap(numbers));
                values.put(tensor.name(), numbers);
            }
        }
        return values;
    }

    /** Trained tensors and the rest of {@link #trainable}, which the Q-Former's file has. */
    public TrainableValues whole(TrainableValues trained) {
        TrainableSet all = trainable(true);
        if (trained.set().equals(all)) {
            return trained;
        }
        TrainableValues whole = new TrainableValues(all, new float[all.length()]);
        whole.putAll(qformerValues());
        whole.putAll(trained);
        return whole;
    }

    /** The projection alone as it is; with some of the Q-Former, {@link #whole}. */
    public TrainableValues completed(TrainableValues trained) {
        return trained.set().equals(trainable(false)) ? trained : whole(trained);
    }

    /**
     * SHA-256 over keys, shapes and values of the tensors of the encoders' files.
     *
     * @param trained weights of the Q-Former that come from elsewhere
     */
    public String encoderHash(TrainableValues trained) {
        Sha256 hash = new Sha256();
        List<Path> encoders =
                Stream.concat(Stream.of(config.vitWeights()), qformerFile().stream()).toList();
        for (Path file : encoders) {
            try (TensorSource source = overlaid(EncoderFile.open(file), trained)) {
                for (TensorInfo tensor : new TreeMap<>(source.tensors()).values()) {
                    String head = tensor.key() + tensor.dtype() + Arrays.toString(tensor.shape());
                    hash.update(ByteBuffer.wrap(head.getBytes(StandardCharsets.UTF_8)));
                    hash.update(source.read(tensor.key()));
                }
            }
        }
        return hash.hex();
    }

    /** How many bytes of tensors {@link #load} will read, by the setting that names the file. */
    public Map<String, Long> bytes() {
        Map<String, Long> bytes = new LinkedHashMap<>();
        List<Part> parts =
                parts(
                        new EvaVit(vit, null),
                        new QFormer(qformer, null),
                        new Llama(llama, false, null));
        for (Part part : parts) {
            try (TensorSource source = part.open()) {
                bytes.put(part.key(), WeightLoader.bytes(part.block(), source));
            }
        }
        return bytes;
    }
}
