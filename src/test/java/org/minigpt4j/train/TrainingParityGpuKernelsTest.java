package org.minigpt4j.train;

import org.minigpt4j.GpuKernels;

@GpuKernels
class TrainingParityGpuKernelsTest extends TrainingParityTest {}
