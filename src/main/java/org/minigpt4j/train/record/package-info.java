/** The output of a run for people: figures, logs, captions, artifacts, and the MLflow record. */
package org.minigpt4j.train.record;
