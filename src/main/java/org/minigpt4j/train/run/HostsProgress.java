package org.minigpt4j.train.run;

import org.minigpt4j.train.StepReport;

import java.time.Duration;
import java.util.Locale;

/** The progress of a run on several hosts, in one line for Spark's pages. */
final class HostsProgress {

    private final String folder;
    private final int total;
    private int left;
    private int seen;
    private double seconds;

    /** Creates the progress of a run that has completed {@code step} steps of {@code total}. */
    HostsProgress(String folder, int step, int total) {
        this.folder = folder;
        this.total = total;
        left = total - step;
    }

    /** Returns the line after another step. */
    String after(StepReport step) {
        left--;
        seen++;
        seconds += step.seconds();
        Duration eta = Duration.ofSeconds(Math.round(left * seconds / seen));
        return String.format(
                Locale.ROOT,
                "train %s: step %d of %d, loss %.4f, %d:%02d:%02d left",
                folder,
                step.step(),
                total,
                step.loss(),
                eta.toHours(),
                eta.toMinutesPart(),
                eta.toSecondsPart());
    }
}
