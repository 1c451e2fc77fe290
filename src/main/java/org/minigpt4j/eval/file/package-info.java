/**
 * Reads the files that are scored, in the formats of COCO's captions, VQAv2 and POPE, and lays
 * predictions beside references. What does not fit is an error that counts it.
 */
package org.minigpt4j.eval.file;
