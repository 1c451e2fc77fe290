package org.minigpt4j.model.kernel;

import org.minigpt4j.RequiresGpu;

@RequiresGpu
class ArithmeticGpuTest extends ArithmeticTest {}
