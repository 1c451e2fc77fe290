/**
 * The field's metrics as functions over records: BLEU, ROUGE-L and CIDEr-D of captions, the
 * accuracy of short answers, and POPE (polling for objects). Nothing here reads a file.
 */
package org.minigpt4j.eval.score;
