package org.minigpt4j.chat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.cuda.CudaUtils;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.generate.BeamSearch;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.Generator;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Devices;
import org.minigpt4j.model.KeyValueCache;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.SharedStep;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.model.kernel.Threads;
import org.minigpt4j.text.Tokenizer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A trained model that can be talked to. Several chats may share one, and several models their
 * frozen parts; what computes is used by one thread at a time, and calls wait for each other.
 */
public final class ChatModel implements AutoCloseable {

    private final Backbone backbone;
    private final MiniGpt4 model;
    private final Tokenizer tokenizer;
    private final Generator generator;
    private final PictureReader pictures;
    private final ChatTemplate template;
    private final List<int[]> stopSequences;
    private final ComputePrecision precision;
    private final boolean ownsBackbone;
    private final boolean ownsModel;
    private final String eyes;

    private final Shared shared;

    /** What models with the same frozen parts also share. */
    private static final class Shared {

        /** Whose turn it is to compute. */
        private final ReentrantLock turn = new ReentrantLock(true);

        private SharedStep step;
    }

    /** Takes over all of its parts. */
    ChatModel(
            MiniGpt4 model,
            Tokenizer tokenizer,
            PictureReader pictures,
            ChatTemplate template,
            ComputePrecision precision) {
        this(model, tokenizer, pictures, template, precision, true);
    }

    private ChatModel(
            MiniGpt4 model,
            Tokenizer tokenizer,
            PictureReader pictures,
            ChatTemplate template,
            ComputePrecision precision,
            boolean owns) {
        this.precision = precision;
        this.backbone = model.backbone();
        this.model = model;
        this.tokenizer = tokenizer;
        this.pictures = pictures;
        generator = new Generator(backbone.llama(), tokenizer);
        this.template = template;
        stopSequences =
                template.stops().stream()
                        .flatMap(stop -> AnswerText.stopSequences(tokenizer, stop).stream())
                        .toList();
        ownsBackbone = owns;
        ownsModel = owns;
        shared = new Shared();
        eyes = eyes(model);
    }

    /** Shares all parts of another one but the projection. */
    private ChatModel(ChatModel base, MiniGpt4 model) {
        backbone = base.backbone;
        this.model = model;
        tokenizer = base.tokenizer;
        pictures = base.pictures;
        precision = base.precision;
        generator = base.generator;
        template = base.template;
        stopSequences = base.stopSequences;
        ownsBackbone = false;
        ownsModel = true;
        shared = base.shared;
        eyes = eyes(model);
    }

    /**
     * Loads what an evaluation file names.
     *
     * @param loading told of every tensor as it is loaded
     * @throws UsageException if a file is missing or does not fit
     */
    public static ChatModel open(EvalConfig config, WeightLoader.Progress loading) {
        Path ckpt =
                config.model()
                        .ckpt()
                        .orElseThrow(() -> new UsageException("model.ckpt names no checkpoint"));
        return open(
                config, files -> TrainedTensors.completed(ckpt, setting(config), files), loading);
    }

    /** The same onto a device that the caller chose. */
    public static ChatModel open(EvalConfig config, Device device, WeightLoader.Progress loading) {
        Path ckpt = config.model().ckpt().orElseThrow();
        return open(
                config,
                device,
                files -> TrainedTensors.completed(ckpt, setting(config), files),
                loading);
    }

    /** A model in the middle of training, which keeps owning all of its parts. */
    public static ChatModel over(
            MiniGpt4 model,
            Tokenizer tokenizer,
            PictureReader pictures,
            ChatTemplate template,
            ComputePrecision precision) {
        return new ChatModel(model, tokenizer, pictures, template, precision, false);
    }

    /** The key that names the checkpoint, with its place. */
    static String setting(EvalConfig config) {
        return config.where("model.ckpt") + ": model.ckpt";
    }

    /** Makes or reads trained tensors for a model of these sizes. */
    @FunctionalInterface
    interface TrainedSource {
        TrainableValues of(ModelFiles files);
    }

    /** The same with trained tensors from anywhere, which are made before large files are read. */
    static ChatModel open(EvalConfig config, TrainedSource source, WeightLoader.Progress loading) {
        Device device =
                Devices.of(config.run().device(), config.where("run.device") + ": run.device");
        return open(config, device, source, loading);
    }

    private static ChatModel open(
            EvalConfig config, Device device, TrainedSource source, WeightLoader.Progress loading) {
        if (config.run().threads() > 0) {
            Threads.set(config.run().threads());
        }
        ComputePrecision precision =
                ComputePrecision.of(config.run().precision(), device, config.run().amp())
                        .requireOn(device);
        ModelFiles files = new ModelFiles(config.model(), config::where);
        files.requireFit();
        TrainableValues trained = source.of(files);
        Tokenizer tokenizer = Tokenizer.open(config.model().llamaModel());
        Backbone backbone = null;
        try {
            files.requireRows(tokenizer);
            backbone = files.load(device, precision, loading);
            return new ChatModel(
                    MiniGpt4.trained(backbone, trained),
                    tokenizer,
                    new PictureReader(config.visProcessor().imageSize()),
                    ChatTemplate.of(config.model().modelType()),
                    precision);
        } catch (RuntimeException | Error e) {
            if (backbone != null) {
                backbone.close();
            }
            tokenizer.close();
            throw e;
        }
    }

    /**
     * The same model with other trained tensors. Everything else is shared: the frozen parts are in
     * memory once, and a picture that one of them saw is known to all whose Q-Former is not
     * trained. Close it before this one.
     */
    public ChatModel with(TrainableValues trained) {
        return new ChatModel(this, MiniGpt4.trained(backbone, trained));
    }

    /** Names the Q-Former that pictures are seen by; empty for one that was not trained. */
    public String eyes() {
        return eyes;
    }

    private static String eyes(MiniGpt4 model) {
        if (!model.tunesQFormer()) {
            return "";
        }
        TrainableValues values = model.trainable();
        Sha256 hash = new Sha256();
        for (TrainableTensor tensor : values.set().tensors()) {
            ByteBuffer bytes = ByteBuffer.allocate(tensor.length() * Float.BYTES);
            bytes.asFloatBuffer().put(values.of(tensor));
            hash.update(bytes);
        }
        return hash.hex();
    }

    /**
     * Sees a picture: decodes it, and runs the frozen encoders.
     *
     * @param file JPEG, PNG or WebP, untrusted
     * @throws org.minigpt4j.FailedException if it cannot be decoded, or has too many pixels
     */
    public ChatPicture see(byte[] file) {
        byte[] pixels = decode(file);
        turn().lock();
        try {
            return encode(name(file), pixels);
        } finally {
            turn().unlock();
        }
    }

    /** The pixels of a picture file; one at a time, so that one alone takes memory. */
    byte[] decode(byte[] file) {
        synchronized (pictures) {
            return pictures.read(file);
        }
    }

    /** What names a picture file. */
    static String name(byte[] file) {
        return new Sha256().update(ByteBuffer.wrap(file)).hex();
    }

    /** Runs the frozen encoders; the caller must hold the {@link #turn}. */
    ChatPicture encode(String name, byte[] pixels) {
        try (NDManager manager = model.manager().newSubManager()) {
            ByteBuffer direct = ByteBuffer.allocateDirect(pixels.length).put(pixels).flip();
            return new ChatPicture(
                    name, model.features(model.look(manager, direct, 1)).toFloatArray());
        }
    }

    /** Whoever computes holds it; those who wait get it in the order in which they came. */
    ReentrantLock turn() {
        return shared.turn;
    }

    /** The step that sequences share; the caller must hold the {@link #turn}. */
    SharedStep sharedStep() {
        if (shared.step == null) {
            shared.step = new SharedStep(backbone.llama(), backbone.manager());
        }
        return shared.step;
    }

    /** SHA-256 of what was trained: names a checkpoint wherever it lies. */
    public String trainedHash() {
        float[] values = model.trainable().values();
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return new Sha256().update(bytes).hex();
    }

    /** Logits of some places of one sequence; the caller must hold the {@link #turn}. */
    NDArray logits(NDArray inputsEmbeds, long[] places) {
        NDManager manager = inputsEmbeds.getManager();
        NDArray noPadding = manager.create(new long[0]);
        return backbone.llama().logits(inputsEmbeds, noPadding, manager.create(places));
    }

    /** Something done with the parts of a model. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it; what it takes it must not keep. */
        T with(MiniGpt4 model, Tokenizer tokenizer);
    }

    /** Does something with the parts while nobody else computes. */
    public <T> T alone(Work<T> work) {
        turn().lock();
        try {
            return work.with(model, tokenizer);
        } finally {
            turn().unlock();
        }
    }

    /** How its language model wants conversations written down. */
    public ChatTemplate template() {
        return template;
    }

    /** A new conversation, which shares this model. */
    public Chat newChat(ChatTemplate template) {
        return new Chat(this, template);
    }

    /** A reader of prompts, which shares this model. */
    public PromptReader newReader() {
        return new PromptReader(this);
    }

    /** The prompt for the next answer of a conversation, place by place. */
    public PromptPlaces places(Conversation<ChatPicture> conversation) {
        return PromptPlaces.of(conversation.prompt(), tokenizer, queries());
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    Generator generator() {
        return generator;
    }

    /** Begins a beam search after a prompt [1, places, hidden]; the caller must hold the turn. */
    BeamSearch search(NDArray prompt, GenerationSettings settings) {
        return new BeamSearch(backbone.llama(), prompt, settings, tokenizer);
    }

    List<int[]> stopSequences() {
        return stopSequences;
    }

    /**
     * How many tokens of an answer its text goes through, the ones that end it not counted.
     *
     * @param ids without the begin of sequence
     * @param from it takes so many at least
     */
    public int tokensOf(int[] ids, String text, int from) {
        for (int count = from; count < ids.length; count++) {
            if (AnswerText.of(tokenizer, begun(ids, count)).startsWith(text)) {
                return count;
            }
        }
        return ids.length;
    }

    /** The text that token {@code id} adds to an answer whose first {@code count} ids these are. */
    public String tokenText(int[] ids, int count, int id) {
        if (count == 0) {
            return tokenizer.decode(new int[] {id});
        }
        String before = tokenizer.decode(new int[] {ids[count - 1]});
        String both = tokenizer.decode(new int[] {ids[count - 1], id});
        return both.startsWith(before)
                ? both.substring(before.length())
                : tokenizer.decode(new int[] {id});
    }

    private int[] begun(int[] ids, int count) {
        int[] begun = new int[count + 1];
        begun[0] = tokenizer.bosId();
        System.arraycopy(ids, 0, begun, 1, count);
        return begun;
    }

    /** Places that a picture takes. */
    int queries() {
        return backbone.qformer().dims().queries();
    }

    /** Where it computes, such as {@code cpu} or {@code gpu(0)}. */
    public String device() {
        return model.manager().getDevice().toString().replace("()", "");
    }

    /** In which numbers it computes, such as {@code bf16}. */
    public String precision() {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    /** Bytes in use on its GPU, whoever uses them; 0 on the CPU. */
    public long deviceBytes() {
        Device device = model.manager().getDevice();
        return device.isGpu() ? CudaUtils.getGpuMemory(device).getCommitted() : 0;
    }

    /** Most places the language model can tell apart. */
    int maxPositions() {
        return backbone.llama().dims().maxPositions();
    }

    NDManager newManager() {
        return model.manager().newSubManager();
    }

    KeyValueCache cache(NDManager manager, int capacity) {
        return backbone.llama().cache(manager, 1, capacity);
    }

    /** Embeds the places of a prompt from number {@code from} on, [1, places, hidden]. */
    NDArray embed(NDManager manager, PromptPlaces places, int from) {
        return embed(manager, places, from, places.size());
    }

    /** As {@link #embed(NDManager, PromptPlaces, int)}, up to the place before {@code to}. */
    NDArray embed(NDManager manager, PromptPlaces places, int from, int to) {
        NDArray done = null;
        for (PromptPlaces.Run run : places.runs(from, to)) {
            NDArray next;
            if (run.picture() == null) {
                next =
                        backbone.llama()
                                .embed(manager.create(run.ids(), new Shape(1, run.ids().length)));
            } else {
                NDArray features =
                        manager.create(
                                run.picture().features(),
                                new Shape(1, queries(), backbone.qformer().dims().width()));
                NDArray none = manager.create(new long[0], new Shape(1, 0));
                NDArray seen =
                        model.project(features, false).get(":, {}:{}", run.begin(), run.end());
                next = backbone.llama().inputsEmbeds(seen, none, none);
            }
            done = done == null ? next : backbone.llama().append(done, next);
        }
        return done;
    }

    @Override
    public void close() {
        if (ownsModel) {
            model.close();
        }
        if (shared.step != null && (ownsBackbone || !ownsModel)) {
            shared.step.close();
            shared.step = null;
        }
        if (ownsBackbone) {
            backbone.close();
            tokenizer.close();
        }
    }
}
