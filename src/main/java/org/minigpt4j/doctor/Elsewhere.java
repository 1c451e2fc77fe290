package org.minigpt4j.doctor;

import org.minigpt4j.train.run.Gpu;

/**
 * A machine to forecast for instead of this one.
 *
 * @param gpu its kind of GPU
 * @param devices how many
 */
public record Elsewhere(Gpu gpu, int devices) {}
