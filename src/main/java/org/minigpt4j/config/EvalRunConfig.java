package org.minigpt4j.config;

import org.minigpt4j.config.bind.AlsoAccepts;
import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.SameKeyAs;
import org.minigpt4j.config.bind.SectionProblems;

import java.util.List;
import java.util.Optional;

/** The section {@code run} of an evaluation file; training keys are accepted and ignored. */
@AlsoAccepts(RunConfig.class)
public record EvalRunConfig(
        @SameKeyAs(RunConfig.class) String task,
        @SameKeyAs(RunConfig.class) boolean amp,
        @SameKeyAs(RunConfig.class) Precision precision,
        @SameKeyAs(RunConfig.class) DeviceKind device,
        @SameKeyAs(RunConfig.class) List<DeviceEntry> devices,
        @SameKeyAs(RunConfig.class) Optional<EvalTaskConfig> eval,
        @SameKeyAs(RunConfig.class) int threads)
        implements Checked {

    @Override
    public void check(SectionProblems problems) {
        precision.check(device, problems);
    }
}
