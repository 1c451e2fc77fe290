/** What a run leaves for people: figures, logs, captions, artifacts, and what MLflow shows. */
package org.minigpt4j.train.record;
