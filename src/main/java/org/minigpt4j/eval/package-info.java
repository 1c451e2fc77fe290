/**
 * Figures of what a model says that can be quoted: they agree with the field's own code. {@code
 * .ptb} cuts captions into words, {@code .score} has the formulas, {@code .file} reads what is
 * scored; this package puts them together, whoever made the answers.
 */
package org.minigpt4j.eval;
