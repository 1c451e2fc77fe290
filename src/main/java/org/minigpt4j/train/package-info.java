/**
 * The training loop and what it keeps: {@link org.minigpt4j.train.ParallelTrain} over replicas, the
 * optimizer, the learning rate, checkpoints and the logs of a run.
 */
package org.minigpt4j.train;
