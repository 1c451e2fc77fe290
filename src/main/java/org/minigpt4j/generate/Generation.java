package org.minigpt4j.generate;

/**
 * What was generated.
 *
 * @param ids the sequence as the reference returns it: the implicit begin of sequence first, then
 *     the new tokens, stop sequence or end of sequence included
 * @param text the answer in it, see {@link AnswerText}
 * @param score in beam search the log-probability over length^length_penalty, else 0
 */
public record Generation(int[] ids, String text, double score) {}
