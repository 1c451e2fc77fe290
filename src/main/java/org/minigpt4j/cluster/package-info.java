/**
 * Ranks on a Spark cluster. {@code protocol} says which of them belong to a run and how they go
 * through its steps together, {@code exchange} carries their messages, and this package ties both
 * to a cluster. It runs a task handed to it and knows nothing of training.
 */
package org.minigpt4j.cluster;
