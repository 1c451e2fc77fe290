package org.minigpt4j.model;

import org.minigpt4j.RequiresGpu;

@RequiresGpu
class LanguageModelsGpuTest extends LanguageModelsTest {}
