package org.minigpt4j.generate;

import org.minigpt4j.RequiresGpu;

@RequiresGpu
class GenerationParityGpuTest extends GenerationParityTest {}
