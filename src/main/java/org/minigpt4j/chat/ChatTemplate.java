package org.minigpt4j.chat;

import java.util.List;

/**
 * How a conversation is written down for the language model.
 *
 * @param opening stands before the system text
 * @param system what stands at the start
 * @param closing stands after the system text, even after none
 * @param human how a question is written
 * @param assistant how an answer is written
 * @param stops texts that end an answer, in addition to the model's own end of sequence
 */
public record ChatTemplate(
        String opening,
        String system,
        String closing,
        Turn human,
        Turn assistant,
        List<String> stops) {

    /**
     * How messages of one side are written.
     *
     * @param waiting stands where a message is still to come
     * @param before stands before one
     * @param after stands after one
     */
    public record Turn(String waiting, String before, String after) {}

    /** What stands before a picture, as in training. */
    static final String BEFORE_PICTURE = "<Img>";

    /** What stands after a picture, as in training. */
    static final String AFTER_PICTURE = "</Img>";

    private static final String SYSTEM =
            "Give the following image: <Img>ImageContent</Img>. You will be able to see the"
                    + " image once I provide it to you. Please answer my questions.";

    /** The reference's {@code CONV_VISION}, which Vicuna v0 was aligned with. */
    public static final ChatTemplate VICUNA_V0 =
            new ChatTemplate(
                    "",
                    SYSTEM,
                    "###",
                    new Turn("Human:", "Human: ", "###"),
                    new Turn("Assistant:", "Assistant: ", "###"),
                    List.of("###"));

    /** FastChat's {@code vicuna_v1.1}, which Vicuna v1.1 to v1.5 was trained with. */
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

    /** Llama-3's and 3.1's instruct models. */
    public static final ChatTemplate LLAMA3 =
            new ChatTemplate(
                    "<|start_header_id|>system<|end_header_id|>\n\n",
                    SYSTEM,
                    "<|eot_id|>",
                    header("user"),
                    header("assistant"),
                    List.of());

    /** Mistral's instruct models, which know no system text. */
    public static final ChatTemplate MISTRAL =
            new ChatTemplate(
                    "",
                    "",
                    "",
                    new Turn("[INST] ", "[INST] ", " [/INST]"),
                    new Turn("", "", "</s>"),
                    List.of());

    /** ChatML, of Qwen2's and Qwen2.5's instruct models. */
    public static final ChatTemplate QWEN25 =
            new ChatTemplate(
                    "<|im_start|>system\n",
                    SYSTEM,
                    "<|im_end|>\n",
                    chatMl("user"),
                    chatMl("assistant"),
                    List.of());

    /** The one of a {@code model_type}. */
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

    /** The same with another text at the start. */
    public ChatTemplate withSystem(String text) {
        return new ChatTemplate(opening, text, closing, human, assistant, stops);
    }
}
