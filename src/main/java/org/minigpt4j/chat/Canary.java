package org.minigpt4j.chat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.Generator;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.TextBatch;
import org.minigpt4j.text.Tokenizer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A model's results for a fixed picture, question and caption. The same weights always give the
 * same numbers, so this shows whether a copy is correct.
 *
 * @param prompt token ids of the question, beginning with begin of sequence, with {@link #PICTURE}
 *     at each position of the picture
 * @param caption token ids of the caption
 * @param loss mean cross entropy of the caption's tokens
 * @param tokens the first tokens of the answer, decoded greedily
 * @param logits the logits for the answer's first token
 */
public record Canary(int[] prompt, int[] caption, double loss, int[] tokens, float[] logits) {

    /** The question. */
    public static final String QUESTION = "Describe this image in detail.";

    /** The caption. */
    public static final String CAPTION = "a red circle on a blue background";

    /** The id used for a position of the picture. */
    public static final int PICTURE = -1;

    private static final int TOKENS = 8;

    /**
     * Runs the model.
     *
     * @param template the format of the prompt
     * @param endSymbol text after the caption
     */
    public static Canary of(
            MiniGpt4 model, Tokenizer tokenizer, ChatTemplate template, String endSymbol)
            throws InterruptedException {
        Backbone backbone = model.backbone();
        var conversation = new Conversation<String>(template);
        conversation.show("");
        conversation.ask(QUESTION);
        List<PromptPart<String>> parts = conversation.prompt();
        int[] before = ids(parts.get(0), tokenizer);
        int[] after = ids(parts.get(2), tokenizer);
        int[] caption = tokenizer.encode(CAPTION + endSymbol);
        SequenceLayout layout =
                SequenceLayout.of(tokenizer, backbone.qformer().dims().queries(), endSymbol);
        try (NDManager manager = model.manager().newSubManager()) {
            NDArray looked = model.look(manager, picture(backbone.vit().dims().imageSize()), 1);
            TextBatch text = layout.batch(before, after, List.of(caption));
            double loss = model.loss(looked, text) / text.labels().length;
            TextBatch prompt = layout.prompt(before, after);
            NDArray embeds =
                    model.inputsEmbeds(model.project(model.features(looked), false), prompt);
            long last = embeds.getShape().get(1) - 1;
            NDArray none = manager.create(new Shape(0), DataType.INT64);
            float[] logits =
                    backbone.llama()
                            .logits(embeds, none, manager.create(new long[] {last}))
                            .toFloatArray();
            var settings = GenerationSettings.builder().optMaxNewTokens(TOKENS).build();
            int[] written =
                    new Generator(backbone.llama(), tokenizer).generate(embeds, settings).ids();
            return new Canary(
                    places(prompt),
                    caption,
                    loss,
                    Arrays.copyOfRange(written, 1, written.length),
                    logits);
        }
    }

    private static int[] places(TextBatch prompt) {
        IntStream picture = IntStream.generate(() -> PICTURE).limit(prompt.queries());
        IntStream before = LongStream.of(prompt.prefix()).mapToInt(Math::toIntExact);
        IntStream after = LongStream.of(prompt.suffix()).mapToInt(Math::toIntExact);
        return IntStream.concat(IntStream.concat(before, picture), after).toArray();
    }

    private static int[] ids(PromptPart<String> part, Tokenizer tokenizer) {
        return tokenizer.encode(((PromptPart.Text<String>) part).text());
    }

    /**
     * The picture as RGB, one byte per value: a red disc on a blue background that gets lighter
     * towards the bottom.
     */
    static ByteBuffer picture(int side) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(side * side * 3);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double dx = 2.0 * x / side - 1;
                double dy = 2.0 * y / side - 1;
                boolean disc = dx * dx + dy * dy < 0.36;
                pixels.put((byte) (disc ? 200 : 20));
                pixels.put((byte) (disc ? 30 : 60 * y / side + 40));
                pixels.put((byte) (disc ? 40 : 60 * y / side + 140));
            }
        }
        return pixels.flip();
    }

    /** Whether both results are identical bit for bit. */
    public boolean isSameAs(Canary other) {
        return loss == other.loss
                && Arrays.equals(tokens, other.tokens)
                && Arrays.equals(logits, other.logits);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Canary canary && isSameAs(canary);
    }

    @Override
    public int hashCode() {
        return Double.hashCode(loss) + 31 * Arrays.hashCode(tokens);
    }
}
