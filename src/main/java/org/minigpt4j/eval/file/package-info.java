/**
 * Reads the files to score, in the formats of COCO captions, VQAv2 and POPE, and pairs predictions
 * with references. Anything that does not fit is an error with a count.
 */
package org.minigpt4j.eval.file;
