package org.minigpt4j.prepare.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class RulesTest {

    private static final Optional<String> KEPT = Optional.empty();

    @Test
    void countsCharactersAndWords() {
        CaptionRules rules = new CaptionRules(3, 20, 2, 4, "", 0, 0);
        assertEquals(KEPT, rules.reject("a dog"));
        assertEquals(KEPT, rules.reject("  \u00a0a  dog on\tgrass "));
        assertEquals(Optional.of("caption shorter than 3 characters"), rules.reject(" a "));
        assertEquals(Optional.of("caption shorter than 2 words"), rules.reject("dogs"));
        assertEquals(Optional.of("caption longer than 4 words"), rules.reject("a b c d e"));
        assertEquals(
                Optional.of("caption longer than 20 characters"),
                rules.reject("a dog on very green grass"));
        assertEquals(Optional.of("caption missing"), rules.reject(null));
        assertEquals(
                Optional.of("caption shorter than 1 characters"),
                CaptionRules.defaults().reject("  "));
    }

    @Test
    void countsCodePointsNotUnits() {
        assertEquals(KEPT, new CaptionRules(0, 3, 0, 0, "", 0, 0).reject("😀😀😀"));
    }

    @Test
    void asksForAScript() {
        CaptionRules latin = new CaptionRules(0, 0, 0, 0, "LATIN", 0.9, 0);
        Optional<String> refused = Optional.of("caption not in latin script");
        assertEquals(KEPT, latin.reject("Ein schöner Tag, 2019!"));
        assertEquals(refused, latin.reject("красивый день"));
        assertEquals(refused, latin.reject("half половина"));
        assertEquals(refused, latin.reject("2019 - 2020"));
        CaptionRules hindi = new CaptionRules(0, 0, 0, 0, "DEVANAGARI", 1, 0);
        assertEquals(KEPT, hindi.reject("सुंदर दिन"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new CaptionRules(0, 0, 0, 0, "KLINGON", 1, 0));
    }

    @Test
    void asksForLetters() {
        CaptionRules rules = new CaptionRules(0, 0, 0, 0, "", 0, 0.5);
        assertEquals(KEPT, rules.reject("IMG of dog 12"));
        assertEquals(Optional.of("caption of too few letters"), rules.reject("IMG_20190304.jpg"));
    }

    @Test
    void comparesColumnsWhereTheyAre() {
        ColumnRules rules =
                new ColumnRules(
                        List.of(
                                new ColumnRules.AtLeast("similarity", 0.28),
                                new ColumnRules.AtMost("pwatermark", 0.8),
                                new ColumnRules.OneOf("NSFW", List.of("UNLIKELY", "UNSURE"))));
        assertEquals(KEPT, rules.reject(Map.of()));
        assertEquals(KEPT, rules.reject(Map.of("SIMILARITY", 0.28, "nsfw", "unlikely")));
        assertEquals(KEPT, rules.reject(Map.of("similarity", "0.3", "pwatermark", 0.8f)));
        assertEquals(
                Optional.of("similarity below 0.28"), rules.reject(Map.of("similarity", 0.27)));
        assertEquals(
                Optional.of("similarity below 0.28"),
                rules.reject(Map.of("similarity", Double.NaN)));
        assertEquals(Optional.of("pwatermark above 0.8"), rules.reject(Map.of("pwatermark", 0.9)));
        assertEquals(
                Optional.of("NSFW not among [UNLIKELY, UNSURE]"),
                rules.reject(Map.of("NSFW", "NSFW")));
        assertEquals(
                Optional.of("similarity is not a number"),
                rules.reject(Map.of("similarity", "high")));
        Map<String, Object> nothing = new HashMap<>();
        nothing.put("similarity", null);
        nothing.put("pwatermark", " ");
        assertEquals(KEPT, rules.reject(nothing));
    }
}
