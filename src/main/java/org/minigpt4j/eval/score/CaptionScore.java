package org.minigpt4j.eval.score;

import java.util.OptionalDouble;

/**
 * One figure of captions.
 *
 * @param name as pycocoevalcap writes it: {@code Bleu_4}, {@code CIDEr}
 * @param corpus of all captions together; empty where it is not defined
 * @param each of each caption, in the order of the pairs; empty where it is not defined
 */
public record CaptionScore(String name, OptionalDouble corpus, double[] each) {}
