package org.minigpt4j.train;

import org.minigpt4j.data.sample.Fault;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * One epoch in figures.
 *
 * @param epoch which, from 0
 * @param step the last step of the epoch, counted from 1
 * @param loss mean of its steps' losses
 * @param learningRate mean of its steps' rates
 * @param heldOutLoss mean cross entropy over the labelled tokens of held-out data, if it is
 *     measured
 * @param figures of an evaluation beside the loss, by their names in the record
 * @param skipped samples skipped since the run began, by cause
 */
public record EpochReport(
        int epoch,
        int step,
        double loss,
        double learningRate,
        OptionalDouble heldOutLoss,
        Map<String, Double> figures,
        Map<Fault, Long> skipped) {}
