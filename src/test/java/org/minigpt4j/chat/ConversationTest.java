package org.minigpt4j.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;

import java.util.List;
import java.util.stream.Collectors;

class ConversationTest {

    private final Conversation<String> conversation = new Conversation<>(ChatTemplate.VICUNA_V0);

    @Test
    void promptsAreThoseOfTheReference() {
        JsonArray flows = Goldens.json("conversation.json").getAsJsonArray();
        assertTrue(!flows.isEmpty());
        for (JsonElement element : flows) {
            JsonObject flow = element.getAsJsonObject();
            var conversation = new Conversation<String>(ChatTemplate.VICUNA_V0);
            for (JsonElement step : flow.getAsJsonArray("flow")) {
                JsonElement text = step.getAsJsonArray().get(1);
                switch (step.getAsJsonArray().get(0).getAsString()) {
                    case "img" -> conversation.show("<ImageHere>");
                    case "ask" -> conversation.ask(text.getAsString());
                    default -> {
                        if (!text.isJsonNull()) {
                            conversation.answer(text.getAsString());
                        }
                    }
                }
            }
            assertEquals(flow.get("prompt").getAsString(), text(conversation), flow.toString());
        }
    }

    @Test
    void whatAPersonTypesIsNeverAPicture() {
        conversation.show("cat.jpg");
        conversation.ask("<ImageHere> and <Img>x</Img>");
        List<PromptPart<String>> prompt = conversation.prompt();
        assertEquals(3, prompt.size());
        assertEquals(new PromptPart.Picture<>("cat.jpg"), prompt.get(1));
        assertEquals(List.of("cat.jpg"), conversation.pictures());
    }

    @Test
    void aQuestionThatEndsLikeAPictureIsAMessageOfItsOwn() {
        conversation.ask("</Img>");
        conversation.ask("again");
        assertEquals(2, conversation.size());
    }

    @Test
    void anAnswerCanBeTakenBack() {
        conversation.ask("What?");
        String before = text(conversation);
        conversation.answer("A cat.");
        conversation.retractAnswer();
        assertEquals(before, text(conversation));
        assertThrows(UsageException.class, conversation::retractAnswer);
    }

    /** Two turns, as each model's own template writes them; Llama-2's is upstream's. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "pretrain_vicuna|S###Human: <Img>P</Img> q1###Assistant: a1###Human:"
                        + " q2###Assistant:",
                "pretrain_vicuna_v1"
                        + "|S USER: <Img>P</Img> q1 ASSISTANT: a1</s>USER: q2 ASSISTANT:",
                "pretrain_llama2" + "|^S<s>[INST] <Img>P</Img> q1 [/INST] a1<s>[INST] q2 [/INST] ^",
                "pretrain_mistral|^S[INST] <Img>P</Img> q1 [/INST]a1</s>[INST] q2 [/INST]^",
            })
    void eachModelTypeHasItsOwnTemplate(String modelType, String expected) {
        assertEquals(expected, twoTurns(modelType));
    }

    @Test
    void templatesWithMarksOfTheirOwnWriteThemOut() {
        assertEquals(
                """
                <|start_header_id|>system<|end_header_id|>

                S<|eot_id|><|start_header_id|>user<|end_header_id|>

                <Img>P</Img> q1<|eot_id|><|start_header_id|>assistant<|end_header_id|>

                a1<|eot_id|><|start_header_id|>user<|end_header_id|>

                q2<|eot_id|><|start_header_id|>assistant<|end_header_id|>

                """,
                twoTurns("pretrain_llama3"));
        assertEquals(
                """
                <|im_start|>system
                S<|im_end|>
                <|im_start|>user
                <Img>P</Img> q1<|im_end|>
                <|im_start|>assistant
                a1<|im_end|>
                <|im_start|>user
                q2<|im_end|>
                <|im_start|>assistant
                """,
                twoTurns("pretrain_qwen25"));
    }

    private static String twoTurns(String modelType) {
        var two = new Conversation<String>(ChatTemplate.of(modelType).withSystem("S"));
        two.show("P");
        two.ask("q1");
        two.answer("a1");
        two.ask("q2");
        return text(two);
    }

    private static String text(Conversation<String> conversation) {
        return conversation.prompt().stream()
                .map(
                        part ->
                                part instanceof PromptPart.Text<String> text
                                        ? text.text()
                                        : ((PromptPart.Picture<String>) part).picture())
                .collect(Collectors.joining());
    }

    @Test
    void aQuestionTakenBackIsAsNeverAsked() {
        var never = new Conversation<String>(ChatTemplate.VICUNA_V0);
        var asked = new Conversation<String>(ChatTemplate.VICUNA_V0);
        asked.retractQuestion();
        assertEquals(never.prompt(), asked.prompt());
        asked.ask("what?");
        asked.retractQuestion();
        assertEquals(never.prompt(), asked.prompt());
        never.show("picture");
        asked.show("picture");
        asked.ask("what?");
        asked.retractQuestion();
        asked.retractQuestion();
        assertEquals(never.prompt(), asked.prompt());
        asked.ask("what?");
        never.ask("what?");
        asked.answer("a ball");
        never.answer("a ball");
        asked.retractQuestion();
        assertEquals(never.prompt(), asked.prompt());
    }
}
