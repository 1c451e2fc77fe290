/**
 * Records runs for MLflow: on a tracking server, or in a SQLite file that MLflow opens directly.
 * Use {@link org.minigpt4j.track.Tracker}. Its records go to a queue, then to a spool on disk, then
 * to the store, so a slow, faulty or unreachable store does not slow down a run.
 */
package org.minigpt4j.track;
