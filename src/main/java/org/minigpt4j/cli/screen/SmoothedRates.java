package org.minigpt4j.cli.screen;

import org.minigpt4j.train.StepReport;

/**
 * Rates smoothed over the last steps; those of single steps vary with the length of the captions.
 */
final class SmoothedRates {

    /** Weight of earlier steps when one is added, so about the last twenty steps count. */
    private static final double KEPT = 0.95;

    private double seconds;
    private double samples;
    private double tokens;
    private double peakShare;
    private double data;

    void add(StepReport report) {
        seconds = KEPT * seconds + report.seconds();
        samples = KEPT * samples + report.work().samples();
        tokens = KEPT * tokens + report.work().tokens();
        peakShare = KEPT * peakShare + report.mfu() * report.seconds();
        data = KEPT * data + report.times().data();
    }

    double samplesPerSecond() {
        return samples / seconds;
    }

    double tokensPerSecond() {
        return tokens / seconds;
    }

    double mfu() {
        return peakShare / seconds;
    }

    /** The share of time spent waiting for data. */
    double dataShare() {
        return data / seconds;
    }
}
