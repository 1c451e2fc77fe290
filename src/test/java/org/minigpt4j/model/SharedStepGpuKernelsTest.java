package org.minigpt4j.model;

import org.minigpt4j.GpuKernels;

@GpuKernels
class SharedStepGpuKernelsTest extends SharedStepTest {}
