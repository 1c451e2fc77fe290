package org.minigpt4j.train;

import org.minigpt4j.RequiresGpu;
import org.minigpt4j.train.run.RunOnDeviceIT;

@RequiresGpu
class RunOnDeviceGpuTest extends RunOnDeviceIT {}
