package org.minigpt4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;

class CaptionProcessorTest {

    @Test
    void cleansCaptionsAsTheReferenceDoes() {
        int seen = 0;
        for (JsonElement element : Goldens.json("captions.json").getAsJsonArray()) {
            JsonObject golden = element.getAsJsonObject();
            CaptionProcessor processor =
                    new CaptionProcessor(
                            golden.get("prompt").getAsString(), golden.get("max_words").getAsInt());
            String input = golden.get("input").getAsString();
            assertEquals(
                    golden.get("output").getAsString(),
                    processor.apply(input),
                    () -> "of '" + input + "'");
            seen++;
        }
        assertEquals(true, seen > 0, "goldens were read");
    }

    @Test
    void pythonsSeparatorsAreSpacesTooAndASingleOneStays() {
        // Python: re.sub(r"\s{2,}", " ", "a\x1c\x1db\x1fc\u00a0\u2003d e")
        assertEquals(
                "a b\u001fc d e",
                new CaptionProcessor().apply("a\u001c\u001db\u001fc\u00a0\u2003d e"));
    }

    @Test
    void wordsAreCountedBySpacesAlone() {
        assertEquals("one\ttwo three", new CaptionProcessor("", 2).apply("one\ttwo three four"));
    }
}
