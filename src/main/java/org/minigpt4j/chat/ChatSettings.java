package org.minigpt4j.chat;

import org.minigpt4j.UsageException;
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

    /**
     * A prompt that leaves room for the answer.
     *
     * @param places most that the language model can tell apart
     * @throws UsageException if it is too long and is not to be cut
     */
    PromptPlaces fitted(PromptPlaces prompt, int places) {
        int most = Math.min(maxLength, places);
        int newTokens = decoding.maxNewTokens();
        int over = prompt.size() + newTokens - most;
        if (over <= 0) {
            return prompt;
        }
        if (overflow == Overflow.REFUSE || over >= prompt.size()) {
            throw new UsageException(
                    ("The conversation has %d tokens and the answer may have %d, which is more than"
                                    + " the %d that fit; start a new conversation, or ask for a"
                                    + " shorter answer.")
                            .formatted(prompt.size(), newTokens, most));
        }
        return prompt.without(over);
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
