/**
 * The training loop: {@link org.minigpt4j.train.ParallelTrain} over replicas, the optimizer, the
 * learning rate, and the exchange of gradients. Checkpoints and the records of a run are in
 * subpackages.
 */
package org.minigpt4j.train;
