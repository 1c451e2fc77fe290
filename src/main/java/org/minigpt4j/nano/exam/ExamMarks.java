package org.minigpt4j.nano.exam;

import org.minigpt4j.nano.scene.QuestionKind;

import java.util.Map;

/**
 * What an exam gave, as shares.
 *
 * @param answers right answers
 * @param byKind the same for each kind of question
 * @param heldOut right answers about things of held-out pairs
 * @param objectsNamed things of the described scenes that are named by colour and form
 * @param chairI named things that are not there (CHAIR_i of Rohrbach et al., 2018)
 * @param exact descriptions that are right to the last word
 * @param malformed descriptions that are none by their form, or never end
 */
public record ExamMarks(
        double answers,
        Map<QuestionKind, Double> byKind,
        double heldOut,
        double objectsNamed,
        double chairI,
        double exact,
        double malformed) {}
