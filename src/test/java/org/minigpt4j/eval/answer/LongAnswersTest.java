package org.minigpt4j.eval.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.score.ScoreMode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class LongAnswersTest {

    @Test
    void repetitionIsTold() {
        assertTrue(LongAnswers.repeats("a dog dog dog dog"));
        assertTrue(LongAnswers.repeats("The dog runs on grass. The dog runs, on grass!"));
        assertTrue(
                LongAnswers.repeats(
                        "on the red mat x on the red mat y on the red mat and so it goes"));
        assertFalse(LongAnswers.repeats("A dog runs. A dog sits on the red mat near the tree."));
        assertFalse(LongAnswers.repeats(""));
    }

    @Test
    void fragmentsAreTold() {
        assertTrue(LongAnswers.isFragment("the", true));
        assertTrue(LongAnswers.isFragment("The picture shows a dog on the", true));
        assertFalse(LongAnswers.isFragment("The picture shows a dog on the", false));
        assertFalse(LongAnswers.isFragment("The picture shows a dog.", true));
        assertFalse(LongAnswers.isFragment("It says \u201cstop the car.\u201d", true));
    }

    @Test
    void sharesAreOfAllAnswersAndChairOfAllMentions() {
        Map<String, Given> answers = new LinkedHashMap<>();
        answers.put("1", given("1", "Two dogs and a hot dog lie on the couches.", true));
        answers.put("2", given("2", "A dog that never comes to any end", false));
        Chair chair =
                new Chair(
                        Map.of(
                                "dog", "dog",
                                "puppy", "dog",
                                "hot dog", "hot dog",
                                "couch", "couch"),
                        Map.of("1", Set.of("dog", "couch")));
        assertEquals(
                List.of("dog", "hot dog", "couch"),
                chair.named("Two dogs and a hot dog lie on the couches."));
        ScoreSheet scores = new LongAnswers(Optional.of(chair)).scores(answers, 2);
        assertEquals(0.5, figure(scores, "failures"));
        assertEquals(0.5, figure(scores, "never_ending"));
        assertEquals(0, figure(scores, "fragment"));
        assertEquals(1, figure(scores, "CHAIR_s"));
        // Of four mentions the hot dog and the dog of the second picture are made up.
        assertEquals(0.5, figure(scores, "CHAIR_i"));
    }

    private static double figure(ScoreSheet scores, String name) {
        return scores.figure(ScoreMode.OURS, name).orElseThrow();
    }

    private static Given given(String id, String text, boolean ended) {
        return new Given(id, text, ended, 5, List.of());
    }
}
