package org.minigpt4j.doctor;

import org.minigpt4j.train.run.Gpu;

/**
 * Another machine to forecast for.
 *
 * @param gpu its type of GPU
 * @param devices its number of GPUs
 */
public record Elsewhere(Gpu gpu, int devices) {}
