/**
 * Ranks on a Spark cluster. {@code protocol} decides which of them belong to a run and how they go
 * through its steps together; {@code exchange} carries their messages; this package connects both
 * to a cluster. It runs any task that it is given and knows nothing about training.
 */
package org.minigpt4j.cluster;
