/**
 * The field's figures as functions over records: BLEU, ROUGE-L and CIDEr-D of captions, the
 * accuracy of short answers, and the polling for objects (POPE). Nothing here reads a file.
 */
package org.minigpt4j.eval.score;
