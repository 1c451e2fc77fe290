package org.minigpt4j.chat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.Projections;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.generate.Generator;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Devices;
import org.minigpt4j.model.KeyValueCache;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.model.kernel.Threads;
import org.minigpt4j.text.Tokenizer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A trained model that can be talked to. Several chats may share one; what computes is used by one
 * thread at a time, and calls wait for each other.
 */
public final class ChatModel implements AutoCloseable {

    private static final String TURN = "###";

    private final Backbone backbone;
    private final MiniGpt4 model;
    private final Tokenizer tokenizer;
    private final Generator generator;
    private final PictureReader pictures;
    private final List<int[]> stopSequences;

    /** Takes over all of its parts. */
    ChatModel(MiniGpt4 model, Tokenizer tokenizer, PictureReader pictures) {
        this.backbone = model.backbone();
        this.model = model;
        this.tokenizer = tokenizer;
        this.pictures = pictures;
        generator = new Generator(backbone.llama(), tokenizer);
        stopSequences = AnswerText.stopSequences(tokenizer, TURN);
    }

    /**
     * Loads what an evaluation file names.
     *
     * @param loading told of every tensor as it is loaded
     * @throws UsageException if a file is missing or does not fit
     */
    public static ChatModel open(EvalConfig config, WeightLoader.Progress loading) {
        if (config.run().threads() > 0) {
            Threads.set(config.run().threads());
        }
        Device device =
                Devices.of(config.run().device(), config.where("run.device") + ": run.device");
        ComputePrecision precision =
                ComputePrecision.of(config.run().precision(), device, config.run().amp())
                        .requireOn(device);
        ModelFiles files = new ModelFiles(config.model(), config::where);
        List<String> faults = files.check();
        if (!faults.isEmpty()) {
            throw new UsageException(String.join("\n", faults));
        }
        Path ckpt =
                config.model()
                        .ckpt()
                        .orElseThrow(() -> new UsageException("model.ckpt names no checkpoint"));
        var projection =
                Projections.read(
                        ckpt,
                        config.where("model.ckpt") + ": model.ckpt",
                        files.llama().hidden(),
                        files.qformer().width());
        Tokenizer tokenizer = Tokenizer.open(config.model().llamaModel());
        Backbone backbone = null;
        try {
            backbone = files.load(device, precision, loading);
            MiniGpt4 model = new MiniGpt4(backbone);
            model.setProjection(projection);
            return new ChatModel(
                    model, tokenizer, new PictureReader(config.visProcessor().imageSize()));
        } catch (RuntimeException | Error e) {
            if (backbone != null) {
                backbone.close();
            }
            tokenizer.close();
            throw e;
        }
    }

    /**
     * Sees a picture: decodes it, and runs the frozen encoders.
     *
     * @param file JPEG, PNG or WebP, untrusted
     * @throws org.minigpt4j.FailedException if it cannot be decoded, or has too many pixels
     */
    public synchronized ChatPicture see(byte[] file) {
        byte[] pixels = pictures.read(file);
        String name = new Sha256().update(ByteBuffer.wrap(file)).hex();
        try (NDManager manager = model.manager().newSubManager()) {
            ByteBuffer direct = ByteBuffer.allocateDirect(pixels.length).put(pixels).flip();
            return new ChatPicture(name, backbone.features(manager, direct, 1).toFloatArray());
        }
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

    List<int[]> stopSequences() {
        return stopSequences;
    }

    /** Places that a picture takes. */
    int queries() {
        return backbone.qformer().dims().queries();
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
        NDArray done = null;
        for (PromptPlaces.Run run : places.runs(from)) {
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
        model.close();
        backbone.close();
        tokenizer.close();
    }
}
