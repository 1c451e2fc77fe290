package org.minigpt4j.train;

/**
 * One epoch in figures.
 *
 * @param epoch which, from 0
 * @param state where the run stands after it
 * @param loss mean of its iterations' losses
 * @param learningRate mean of its iterations' rates
 */
public record EpochReport(int epoch, TrainState state, double loss, double learningRate) {}
