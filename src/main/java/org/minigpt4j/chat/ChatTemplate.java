package org.minigpt4j.chat;

import java.util.List;

/**
 * The text format of conversations for a language model.
 *
 * @param opening text before the system text
 * @param system the system text at the start
 * @param closing text after the system text, even if that is empty
 * @param human the format of questions
 * @param assistant the format of answers
 * @param stops texts that end an answer, in addition to the model's end of sequence
 */
public record ChatTemplate(
        String opening,
        String system,
        String closing,
        Turn human,
        Turn assistant,
        List<String> stops) {

    /**
     * The format of one side's messages.
     *
     * @param waiting text that asks for a message at the end of the prompt
     * @param before text before a message
     * @param after text after a message
     */
    public record Turn(String waiting, String before, String after) {}

    /** The text before a picture, as in training. */
    static final String BEFORE_PICTURE = "<Img>";

    /** The text after a picture, as in training. */
    static final String AFTER_PICTURE = "</Img>";

    private static final String SYSTEM =
            "Give the following image: <Img>ImageContent</Img>. You will be able to see the"
                    + " image once I provide it to you. Please answer my questions.";

    /** The reference's {@code CONV_VISION}, used to align Vicuna v0. */
    public static final ChatTemplate VICUNA_V0 =
            new ChatTemplate(
                    "",
                    SYSTEM,
                    "###",
                    new Turn("Human:", "Human: ", "###"),
                    new Turn("Assistant:", "Assistant: ", "###"),
                    List.of("###"));

    /** FastChat's {@code vicuna_v1.1}, used to train Vicuna v1.1 to v1.5. */
    public static final ChatTemplate VICUNA_V1 =
            new ChatTemplate(
                    "",
                    "A chat between a curious user and an artificial intelligence assistant. The"
                            + " assistant gives helpful, detailed, and polite answers to the"
                            + " user's questions.",
                    " ",
                    new Turn("USER:", "USER: ", " "),
                    new Turn("ASSISTANT:", "ASSISTANT: ", "</s>"),
                    List.of());

    /** Upstream's {@code CONV_VISION_LLama2}. */
    public static final ChatTemplate LLAMA2 =
            new ChatTemplate(
                    "",
                    SYSTEM,
                    "",
                    new Turn("<s>[INST] ", "<s>[INST] ", ""),
                    new Turn(" [/INST] ", " [/INST] ", ""),
                    List.of("###"));

    /** The format of the Llama 3 and 3.1 instruct models. */
    public static final ChatTemplate LLAMA3 =
            new ChatTemplate(
                    "<|start_header_id|>system<|end_header_id|>\n\n",
                    SYSTEM,
                    "<|eot_id|>",
                    header("user"),
                    header("assistant"),
                    List.of());

    /** The format of Mistral's instruct models, which have no system text. */
    public static final ChatTemplate MISTRAL =
            new ChatTemplate(
                    "",
                    "",
                    "",
                    new Turn("[INST] ", "[INST] ", " [/INST]"),
                    new Turn("", "", "</s>"),
                    List.of());

    /** ChatML, the format of the Qwen2 and Qwen2.5 instruct models. */
    public static final ChatTemplate QWEN25 =
            new ChatTemplate(
                    "<|im_start|>system\n",
                    SYSTEM,
                    "<|im_end|>\n",
                    chatMl("user"),
                    chatMl("assistant"),
                    List.of());

    /** The template for a {@code model_type}. */
    public static ChatTemplate of(String modelType) {
        return switch (modelType) {
            case "pretrain_vicuna_v1" -> VICUNA_V1;
            case "pretrain_llama2" -> LLAMA2;
            case "pretrain_llama3" -> LLAMA3;
            case "pretrain_mistral" -> MISTRAL;
            case "pretrain_qwen25" -> QWEN25;
            default -> VICUNA_V0;
        };
    }

    private static Turn header(String role) {
        String open = "<|start_header_id|>" + role + "<|end_header_id|>\n\n";
        return new Turn(open, open, "<|eot_id|>");
    }

    private static Turn chatMl(String role) {
        String open = "<|im_start|>" + role + "\n";
        return new Turn(open, open, "<|im_end|>\n");
    }

    /** The same template with another system text. */
    public ChatTemplate withSystem(String text) {
        return new ChatTemplate(opening, text, closing, human, assistant, stops);
    }
}
