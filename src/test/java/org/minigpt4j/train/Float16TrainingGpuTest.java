package org.minigpt4j.train;

import org.minigpt4j.RequiresGpu;

@RequiresGpu
class Float16TrainingGpuTest extends Float16TrainingTest {}
