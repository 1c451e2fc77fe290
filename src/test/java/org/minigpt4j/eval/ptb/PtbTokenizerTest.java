package org.minigpt4j.eval.ptb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.minigpt4j.eval.EvalGoldens;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class PtbTokenizerTest {

    private final PtbTokenizer tokenizer = new PtbTokenizer();

    @Test
    void wordsAreThoseOfTheOfficialWrapper() {
        List<String> wrong = new ArrayList<>();
        int seen = 0;
        for (Map.Entry<String, JsonElement> entry :
                EvalGoldens.json("tokens").getAsJsonObject().entrySet()) {
            seen++;
            compare(
                    entry.getKey(),
                    entry.getValue().getAsString(),
                    tokenizer.words(entry.getKey()),
                    wrong);
        }
        assertEquals(List.of(), wrong);
        assertTrue(seen > 1000, "only " + seen);
    }

    @Test
    void tokensDependOnTheNextLineAsTheOfficialOnesDo() {
        List<String> wrong = new ArrayList<>();
        int different = 0;
        for (JsonElement element : EvalGoldens.json("ptb").getAsJsonArray()) {
            JsonObject entry = element.getAsJsonObject();
            String caption = entry.get("caption").getAsString();
            String raw = entry.get("raw").getAsString();
            compare(caption, raw, String.join(" ", tokenizer.tokens(caption)), wrong);
            compare(caption, entry.get("tokens").getAsString(), tokenizer.words(caption), wrong);
            JsonObject before =
                    entry.has("before") ? entry.getAsJsonObject("before") : new JsonObject();
            for (String next : List.of("The dog", "Smith", "5", " x", "END")) {
                String line = next.equals("END") ? null : next + "\n";
                different += before.has(next) ? 1 : 0;
                compare(
                        caption + " before " + next,
                        before.has(next)
                                ? before.getAsJsonObject(next).get("raw").getAsString()
                                : raw,
                        String.join(" ", tokenizer.tokens(caption, line)),
                        wrong);
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(different > 100, "only " + different);
    }

    @Test
    void aCaptionIsCutAloneWhateverStandsInIt() {
        assertEquals("a dog", tokenizer.words("A dog."));
        assertEquals("", tokenizer.words("..."));
        assertEquals("", tokenizer.words(""));
        assertEquals("-lrb- a -rrb-", tokenizer.words("(a)"));
        assertEquals("a b", tokenizer.words("a\rb"));
        assertTrue(PtbTokenizer.endsLineWithin("a\u2028b"));
        assertTrue(!PtbTokenizer.endsLineWithin("a\nb"));
    }

    private static void compare(String caption, String want, String got, List<String> wrong) {
        if (!want.equals(got) && wrong.size() < 20) {
            wrong.add("[%s] wants [%s] and got [%s]".formatted(caption, want, got));
        }
    }
}
