package org.minigpt4j.train;

import org.minigpt4j.RequiresGpu;

@RequiresGpu
class FrozenWeightsGpuTest extends FrozenWeightsTest {}
