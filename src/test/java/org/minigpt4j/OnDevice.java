package org.minigpt4j;

import org.junit.jupiter.api.TestInstance;

/**
 * Tests of what must come out alike everywhere. They compute on the processor; a subclass without a
 * line of its own runs them again elsewhere, if it bears {@link RequiresGpu} or {@link GpuKernels}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class OnDevice {

    protected final Where where = Where.of(getClass());
}
