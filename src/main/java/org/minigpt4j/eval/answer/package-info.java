/**
 * Lets a model answer files of questions and scores the answers. Questions are answered in batches
 * of equal length and stored as lines of JSON, from which a killed run continues. The scores are
 * shown on a page and recorded under the run that produced the checkpoint.
 */
package org.minigpt4j.eval.answer;
