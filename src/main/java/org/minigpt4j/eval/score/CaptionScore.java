package org.minigpt4j.eval.score;

import java.util.OptionalDouble;

/**
 * One score of captions.
 *
 * @param name as pycocoevalcap writes it: {@code Bleu_4}, {@code CIDEr}
 * @param corpus the score of all captions together; empty if undefined
 * @param each the score of each caption, in the order of the pairs; empty if undefined
 */
public record CaptionScore(String name, OptionalDouble corpus, double[] each) {}
