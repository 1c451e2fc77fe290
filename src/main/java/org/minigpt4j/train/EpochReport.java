package org.minigpt4j.train;

import org.minigpt4j.data.Fault;

import java.util.Map;

/**
 * One epoch in figures.
 *
 * @param epoch which, from 0
 * @param state where the run stands after it
 * @param loss mean of its iterations' losses
 * @param learningRate mean of its iterations' rates
 * @param skipped samples passed over since the run began, by cause
 */
public record EpochReport(
        int epoch, TrainState state, double loss, double learningRate, Map<Fault, Long> skipped) {}
