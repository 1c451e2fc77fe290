package org.minigpt4j.text;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The reference's {@code blip_caption}: lower case, some punctuation to spaces, runs of white space
 * to one space, at most {@code maxWords} words, {@code prompt} in front as it is.
 *
 * @param prompt text put before every caption; may be empty
 * @param maxWords words kept of a caption
 */
public record CaptionProcessor(String prompt, int maxWords) {

    private static final Pattern PUNCTUATION = Pattern.compile("[.!\"()*#:;~]");

    /** Python's {@code \s} on text, which has four separators more than Unicode's white space. */
    private static final Pattern SPACES =
            Pattern.compile("[\\s\\x1c-\\x1f]{2,}", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern LINE_ENDS = Pattern.compile("\\n+\\z");
    private static final Pattern OUTER_SPACES = Pattern.compile("\\A +| +\\z");

    /** The processor with the reference's defaults: no prompt, 50 words. */
    public CaptionProcessor() {
        this("", 50);
    }

    /** The caption as the model is to learn it. A single tab or line end inside survives. */
    public String apply(String caption) {
        String text = PUNCTUATION.matcher(caption.toLowerCase(Locale.ROOT)).replaceAll(" ");
        text = SPACES.matcher(text).replaceAll(" ");
        text = LINE_ENDS.matcher(text).replaceAll("");
        text = OUTER_SPACES.matcher(text).replaceAll("");
        String[] words = text.split(" ", -1);
        if (words.length > maxWords) {
            text = String.join(" ", Arrays.copyOf(words, maxWords));
        }
        return prompt + text;
    }
}
