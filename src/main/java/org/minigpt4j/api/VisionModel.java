package org.minigpt4j.api;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.repository.zoo.ZooModel;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.Prompts;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.TextBatch;
import org.minigpt4j.text.Tokenizer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A trained MiniGPT-4. Thread-safe: computations run one after another. Close it after everything
 * that was created from it; nothing created from it may be used afterwards.
 */
public final class VisionModel implements AutoCloseable {

    private static final int MAX_NEW_TOKENS = 300;
    private static final String CAPTION_QUESTION = "Describe this image in detail.";

    private final EvalConfig config;
    private final ChatModel model;
    private final PictureReader pictures;
    private final Prompts prompts;

    private VisionModel(EvalConfig config, ChatModel model) {
        this.config = config;
        this.model = model;
        pictures = new PictureReader(config.visProcessor().imageSize());
        prompts =
                config.model()
                        .promptPath()
                        .map(file -> Prompts.read(file, config.model().promptTemplate()))
                        .orElse(Prompts.none());
    }

    /**
     * Loads the model that a configuration names, such as eval_configs/minigpt4_eval.yaml.
     *
     * @param configuration the file, or a folder with exactly one such file ({@code .yaml})
     * @param options keys that override the file's, such as {@code run.device=cpu}
     * @throws UsageException if there are mistakes; the message lists all of them. Thrown before
     *     weights are read
     */
    public static VisionModel open(Path configuration, String... options) {
        Path file = Files.isDirectory(configuration) ? only(configuration) : configuration;
        EvalConfig config = EvalConfig.load(file, List.of(options));
        return new VisionModel(config, ChatModel.open(config, (key, bytes) -> {}));
    }

    private static Path only(Path folder) {
        try (var files = Files.list(folder)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".yaml")).toList();
            if (found.size() != 1) {
                throw new UsageException(
                        "%s contains %s .yaml files; give the path of one of them"
                                .formatted(folder, Integer.toString(found.size())));
            }
            return found.get(0);
        } catch (IOException e) {
            throw ReadFailure.of(folder, e);
        }
    }

    /**
     * Describes a picture.
     *
     * @param picture a JPEG, PNG or WebP file
     * @throws InterruptedException if the thread is interrupted
     */
    public String caption(byte[] picture) throws InterruptedException {
        return answer(new VisualQuestion(picture, CAPTION_QUESTION)).text();
    }

    /** Answers one question in a new conversation. */
    VisualAnswer answer(VisualQuestion question) throws InterruptedException {
        try (VisionChat chat = chat()) {
            chat.show(question.picture());
            return chat.ask(question.question());
        }
    }

    /** Starts a conversation with answers of at most 300 tokens. */
    public VisionChat chat() {
        return chat(MAX_NEW_TOKENS);
    }

    /** Starts a conversation with answers of at most {@code maxNewTokens} tokens. */
    public VisionChat chat(int maxNewTokens) {
        return new VisionChat(model, maxNewTokens);
    }

    /**
     * The training loss of a caption for a picture.
     *
     * @param picture a JPEG, PNG or WebP file
     * @return the mean cross entropy of the caption's tokens, in nats
     */
    public double loss(byte[] picture, String caption) {
        ByteBuffer pixels = pixels(List.of(picture));
        return model.alone(
                (parts, tokenizer) -> {
                    try (NDManager manager = parts.manager().newSubManager()) {
                        TextBatch text = text(parts, tokenizer, List.of(caption), 0);
                        return parts.loss(parts.look(manager, pixels, 1), text)
                                / text.labels().length;
                    }
                });
    }

    /** Creates a trainer for the projection. While a step runs, other uses of this model wait. */
    public VisionTrainer trainer() {
        return new VisionTrainer(this);
    }

    /**
     * This model as a DJL model. {@code newPredictor()} answers questions. {@code
     * newPredictor(translator, device)} runs {@link Block#forward}, which maps pictures and token
     * ids to logits, with your own translator. This model must stay open.
     */
    public ZooModel<VisualQuestion, VisualAnswer> zooModel() {
        return VisionZooModel.over(this);
    }

    /** A block that maps pictures and token ids to logits. */
    Block block() {
        return model.alone((parts, tokenizer) -> parts);
    }

    ChatModel parts() {
        return model;
    }

    /** The pixels of the decoded pictures, one picture after the other. */
    ByteBuffer pixels(List<byte[]> files) {
        List<byte[]> decoded = new ArrayList<>();
        synchronized (pictures) {
            files.forEach(file -> decoded.add(pictures.read(file)));
        }
        int all = decoded.stream().mapToInt(one -> one.length).sum();
        ByteBuffer pixels = ByteBuffer.allocateDirect(all);
        decoded.forEach(pixels::put);
        return pixels.flip();
    }

    /**
     * Captions with the configuration's prompts in front; {@code step} selects the prompts in turn.
     */
    TextBatch text(MiniGpt4 parts, Tokenizer tokenizer, List<String> captions, long step) {
        String end = config.model().endSym();
        int longest = config.model().maxTxtLen();
        List<int[]> ids = new ArrayList<>();
        for (String caption : captions) {
            int[] all = tokenizer.encode(caption + end);
            ids.add(all.length > longest ? Arrays.copyOf(all, longest) : all);
        }
        SequenceLayout layout =
                SequenceLayout.of(tokenizer, parts.backbone().qformer().dims().queries(), end);
        if (prompts.all().isEmpty()) {
            return layout.batch(new int[0], new int[0], ids);
        }
        Prompts.Prompt prompt = prompts.all().get((int) (step % prompts.all().size()));
        return layout.batch(
                tokenizer.encode(prompt.before()), tokenizer.encode(prompt.after()), ids);
    }

    /** Frees the model's memory. */
    @Override
    public void close() {
        model.close();
    }
}
