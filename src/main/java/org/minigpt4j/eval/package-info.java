/**
 * Scores of a model's answers that agree with the field's own code and can be quoted. {@code .ptb}
 * splits captions into words, {@code .score} has the formulas, {@code .file} reads the files to
 * score. This package combines them; the answers may come from any model.
 */
package org.minigpt4j.eval;
