package org.minigpt4j.chat;

/**
 * How a conversation is written down for the language model.
 *
 * @param system what stands at the start
 * @param human name of who asks
 * @param assistant name of who answers
 * @param separator follows the system text and every message
 */
public record ChatTemplate(String system, String human, String assistant, String separator) {

    /** What stands before a picture, as in training. */
    static final String BEFORE_PICTURE = "<Img>";

    /** What stands after a picture, as in training. */
    static final String AFTER_PICTURE = "</Img>";

    /** The reference's {@code CONV_VISION}, which Vicuna v0 was aligned with. */
    public static final ChatTemplate VICUNA_V0 =
            new ChatTemplate(
                    "Give the following image: <Img>ImageContent</Img>. You will be able to see the"
                            + " image once I provide it to you. Please answer my questions.",
                    "Human",
                    "Assistant",
                    "###");

    /** The same with another text at the start. */
    public ChatTemplate withSystem(String text) {
        return new ChatTemplate(text, human, assistant, separator);
    }
}
