package org.minigpt4j.nano.exam;

import org.minigpt4j.nano.scene.QuestionAnswer;

/**
 * A question of the exam.
 *
 * @param scene number of the scene it is about
 */
public record ExamQuestion(long scene, QuestionAnswer exchange) {}
