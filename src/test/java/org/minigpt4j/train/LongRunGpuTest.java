package org.minigpt4j.train;

import org.minigpt4j.RequiresGpu;
import org.minigpt4j.train.record.LongRunTest;

@RequiresGpu
class LongRunGpuTest extends LongRunTest {}
