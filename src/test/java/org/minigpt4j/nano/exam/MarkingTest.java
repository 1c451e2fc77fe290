package org.minigpt4j.nano.exam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.nano.scene.QuestionAnswer;
import org.minigpt4j.nano.scene.QuestionKind;
import org.minigpt4j.nano.scene.SceneWorld;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

class MarkingTest {

    private final SceneWorld world = new SceneWorld(5, 112);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "COLOR     | The star is red.                | The star is red.          | true",
                "COLOR     | It is red, I think.             | The star is red.          | true",
                "COLOR     | The star is blue.               | The star is red.          | false",
                "COLOR     | The star is red or blue.        | The star is red.          | false",
                "COLOR     | The star is infrared.           | The star is red.          | false",
                "SHAPE     | The red object is a ring.       | The red object is a star. | false",
                "SIZE      | Small is not what it is.        | The star is small.        | false",
                "COUNT     | There are two objects.          | There are two objects.    | true",
                "COUNT     | There is one object.            | There are two objects.    | false",
                "LETTER    | The letter on the cube is K.    | The letter on the cube is K. | true",
                "LETTER    | The letter on the cube is A.    | The letter on the cube is K. | false",
                "PLACE     | The star is at the top.         | The star is at the top left. | false",
                "PLACE     | The star is at the top left.    | The star is at the top left. | true",
                "PLACE     | The star is on the left.        | The star is at the top left. | false",
                "EXISTENCE | Yes, there is a red star.       | Yes, there is a blue star.   | true",
                "EXISTENCE | No, there is no star.           | Yes, there is a blue star.   | false",
            })
    void anAnswerIsMarkedByWhatItSays(QuestionKind kind, String said, String truth, boolean right) {
        assertEquals(right, Marking.isRight(kind, said, truth));
    }

    @Test
    void nothingSaidIsWrong() {
        for (QuestionKind kind : QuestionKind.values()) {
            assertFalse(Marking.isRight(kind, "", "The star is red."), kind.word());
        }
    }

    @Test
    void everyTrueAnswerIsRightAndAnothersIsMostlyNot() {
        Map<QuestionKind, Integer> asked = new HashMap<>();
        for (long n = 0; n < 300; n++) {
            for (QuestionAnswer exchange : world.exchanges(n)) {
                asked.merge(exchange.kind(), 1, Integer::sum);
                assertTrue(
                        Marking.isRight(exchange.kind(), exchange.answer(), exchange.answer()),
                        exchange.toString());
            }
        }
        assertEquals(QuestionKind.values().length, asked.size(), asked.toString());
    }

    @Test
    void aTrueDescriptionIsWellFormedAndNamesEveryThing() {
        for (long n = 0; n < 300; n++) {
            String told = world.description(n);
            assertFalse(Marking.isMalformed(told), told);
            assertEquals(
                    new HashSet<>(Marking.things(world.scene(n))),
                    new HashSet<>(Marking.named(told)));
            assertTrue(
                    Marking.isSame(
                            told,
                            told.replaceFirst("I see|The image shows", "This picture shows")));
        }
    }

    @Test
    void aBrokenDescriptionIsMalformed() {
        String told = world.description(3);
        for (String broken :
                List.of(
                        "",
                        "a red star",
                        told + " there",
                        told.replace("background.", "."),
                        told + told)) {
            assertTrue(Marking.isMalformed(broken), broken);
        }
        assertEquals(
                List.of("red star", "blue cube"), Marking.named("a big red star, a blue cube"));
        assertEquals(List.of(), Marking.named("a red and blue starfish"));
    }

    @Test
    void aPaperKeepsHeldOutPairsApartAndScenesToThemselves() {
        ExamPaper paper = ExamPaper.set(world, 1000, 6, 10, 8);
        assertEquals(6 * QuestionKind.values().length, paper.questions().size());
        assertEquals(10, paper.heldOut().size());
        assertEquals(8, paper.described().size());
        Set<Long> seen = new HashSet<>();
        int yes = 0;
        for (ExamQuestion question : paper.questions()) {
            assertFalse(world.scene(question.scene()).hasHeldOutPair());
            assertTrue(seen.add(question.scene()), "a scene is asked about twice");
            yes += question.exchange().answer().startsWith("Yes") ? 1 : 0;
        }
        assertEquals(3, yes, "half of the questions about existence");
        paper.heldOut().forEach(q -> assertTrue(world.scene(q.scene()).hasHeldOutPair()));
        paper.described().forEach(n -> assertFalse(world.scene(n).hasHeldOutPair()));
        assertEquals(paper, ExamPaper.set(world, 1000, 6, 10, 8));
    }
}
