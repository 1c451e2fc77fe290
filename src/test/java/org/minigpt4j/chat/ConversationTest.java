package org.minigpt4j.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
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

    private static String text(Conversation<String> conversation) {
        return conversation.prompt().stream()
                .map(
                        part ->
                                part instanceof PromptPart.Text<String> text
                                        ? text.text()
                                        : ((PromptPart.Picture<String>) part).picture())
                .collect(Collectors.joining());
    }
}
