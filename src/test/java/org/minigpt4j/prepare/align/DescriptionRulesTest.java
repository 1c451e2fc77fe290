package org.minigpt4j.prepare.align;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.prepare.align.DescriptionRules.Mend;
import org.minigpt4j.prepare.align.DescriptionRules.Refusal;
import org.minigpt4j.prepare.align.DescriptionRules.Refused;
import org.minigpt4j.prepare.align.DescriptionRules.Taken;

import java.util.Set;

class DescriptionRulesTest {

    private final DescriptionRules rules = new DescriptionRules(3, 30, 0.1, true);

    private void taken(String description, String expected, Mend... mends) {
        Taken taken = assertInstanceOf(Taken.class, rules.judge(description), description);
        assertEquals(expected, taken.text());
        assertEquals(Set.of(mends), taken.mends(), description);
    }

    @Test
    void goodTextStaysAsItIs() {
        for (String text :
                new String[] {
                    "A dog sits on the grass. It looks at Mr. Smith, who had had enough.",
                    "Two cats lie side by side by side with a very very old dog.",
                    "\u201CStop\u201D, says the caf\u00E9\u2019s sign; it costs 3 < 5 \u20AC!",
                    "one unfinished phrase as the web has them"
                }) {
            taken(text, text);
        }
    }

    @Test
    void aRepeatedSentenceIsSaidOnce() {
        taken(
                "A red car is parked. The sky is blue. A red car, is parked! It rains.",
                "A red car is parked. The sky is blue. It rains.",
                Mend.REPEATED_SENTENCE);
    }

    @Test
    void aModelThatRepeatsItselfIsStopped() {
        taken("The man is is is standing.", "The man is standing.", Mend.REPEATED_WORDS);
        taken(
                "He wears a blue hat, he wears a blue hat, he wears a blue hat.",
                "he wears a blue hat.",
                Mend.REPEATED_WORDS);
    }

    @Test
    void anUnfinishedLastSentenceIsCutOff() {
        taken(
                "The table is set for four. There are plates and",
                "The table is set for four.",
                Mend.UNFINISHED_SENTENCE);
        taken("He says \u201Cthis is it.\u201D", "He says \u201Cthis is it.\u201D");
    }

    @Test
    void charactersAreMendedWhereThatIsCertain() {
        taken(
                "It\u00E2\u20AC\u2122s a caf\u00C3\u00A9.",
                "It\u2019s a caf\u00E9.",
                Mend.MISREAD_CHARACTERS);
        taken(
                "a <b>big</b>&nbsp;dog &amp; a cat",
                "a big dog & a cat",
                Mend.MARKUP,
                Mend.MEANINGLESS_CHARACTERS);
        taken("What a  nice\u0007 day!!!!!!\n", "What a nice day!", Mend.MEANINGLESS_CHARACTERS);
        // Looks misread at one place, but cannot be at the others.
        String german = "Stra\u00DFe und \u00C3\u00BCber bleiben so.";
        taken(german, german);
    }

    @ParameterizedTest
    @CsvSource({
        "'  ... !', EMPTY",
        "a caf\uFFFD in Paris at night, BROKEN_CHARACTERS",
        "a dog ###Human: who is it?, CONVERSATION_MARKS",
        "look at <ImageHere> now please, CONVERSATION_MARKS",
        "\u0441\u043E\u0431\u0430\u043A\u0430 \u043D\u0430 \u0442\u0440\u0430\u0432\u0435, NOT_LATIN",
        "a dog, TOO_SHORT",
        "dog dog dog dog dog, TOO_SHORT",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z aa bb cc dd ee, TOO_LONG"
    })
    void whatCannotBeMendedIsRefusedWithItsReason(String description, Refusal reason) {
        Refused refused = assertInstanceOf(Refused.class, rules.judge(description), description);
        assertEquals(reason, refused.reason(), refused.detail());
    }
}
