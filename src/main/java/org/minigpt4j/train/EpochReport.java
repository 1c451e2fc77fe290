package org.minigpt4j.train;

import org.minigpt4j.data.sample.Fault;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * The figures of one epoch.
 *
 * @param epoch its number, from 0
 * @param step the last step of the epoch, counted from 1
 * @param loss mean loss of its steps
 * @param learningRate mean learning rate of its steps
 * @param heldOutLoss mean cross entropy over the labelled tokens of held-out data; empty if not
 *     measured
 * @param figures results of an {@link EpochEvaluation}, by their name in the record
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
