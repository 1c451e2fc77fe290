package org.minigpt4j.chat;

import org.minigpt4j.generate.GenerationSettings;

/**
 * How an answer is made.
 *
 * @param decoding tokens, beams, drawing; its stop sequences are the model's own and stay empty
 * @param maxLength most places of prompt and answer together
 * @param overflow what happens to a longer conversation
 */
public record ChatSettings(GenerationSettings decoding, int maxLength, Overflow overflow) {

    /** The reference's limit. */
    public static final int MAX_LENGTH = 2000;

    /** What to do with a conversation that leaves no room for the answer. */
    public enum Overflow {
        /** Its beginning is cut off, as in the reference, which may cost the picture. */
        CUT,
        /** The question is refused. */
        REFUSE
    }

    /** The reference's own settings: drawn from the best 90 %, at most 300 tokens. */
    public static ChatSettings reference(long seed) {
        return new ChatSettings(
                GenerationSettings.builder()
                        .optMaxNewTokens(300)
                        .optDoSample(true)
                        .optTopP(0.9)
                        .optMinLength(1)
                        .optSeed(seed)
                        .build(),
                MAX_LENGTH,
                Overflow.CUT);
    }
}
