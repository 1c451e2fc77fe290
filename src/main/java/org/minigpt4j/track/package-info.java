/**
 * Records runs where MLflow shows them: on a tracking server, or in a SQLite store that MLflow
 * opens as it is. {@link org.minigpt4j.track.Tracker} is the way in; what it is told goes to a
 * queue, from there to a spool on disk, and from there to the store, so that a store which is slow,
 * wrong or gone costs a run nothing.
 */
package org.minigpt4j.track;
