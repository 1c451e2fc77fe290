package org.minigpt4j.chat;

import org.minigpt4j.UsageException;
import org.minigpt4j.generate.GenerationSettings;

/**
 * How an answer is generated.
 *
 * @param decoding number of tokens, beams, sampling; its stop sequences must be empty, because the
 *     model's are used
 * @param maxLength maximum number of positions of prompt and answer together
 * @param overflow what happens if the conversation is longer
 */
public record ChatSettings(GenerationSettings decoding, int maxLength, Overflow overflow) {

    /** The reference's limit for {@link #maxLength}. */
    public static final int MAX_LENGTH = 2000;

    /** What to do with a conversation that leaves no room for the answer. */
    public enum Overflow {
        /** The beginning is cut off, as in the reference; this may remove the picture. */
        CUT,
        /** The question is refused. */
        REFUSE
    }

    /**
     * The prompt, cut if necessary so that there is room for the answer.
     *
     * @param places the language model's maximum number of positions
     * @throws UsageException if the prompt is too long and must not be cut
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

    /** The reference's settings: top-p sampling with 0.9 and at most 300 tokens. */
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
