package org.minigpt4j.model;

import org.minigpt4j.RequiresGpu;

@RequiresGpu
class SharedStepGpuTest extends SharedStepTest {}
