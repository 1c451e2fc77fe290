/**
 * Lets a model answer files of questions and scores what it says: the questions are read, answered
 * in batches of one length, kept as lines of JSON that a killed run continues from, scored, shown
 * on a page and recorded under the run that made the checkpoint.
 */
package org.minigpt4j.eval.answer;
