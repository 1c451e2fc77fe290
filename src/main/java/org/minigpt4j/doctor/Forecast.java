package org.minigpt4j.doctor;

import org.minigpt4j.train.Workload;

import java.util.Locale;
import java.util.Optional;

/**
 * What a run will take.
 *
 * @param basis how the time was found: measured, or from a stated peak
 * @param steps of the whole run
 * @param microBatches of a step
 * @param work in a step, on average
 * @param stepSeconds of a step
 * @param memory of a device
 * @param deviceMemory what is needed on the device with the most replicas, in bytes
 * @param deviceHas memory of that device in bytes; 0 if it is not known
 * @param checkpointBytes of one checkpoint
 * @param checkpointCount how many are kept at most
 */
public record Forecast(
        String basis,
        int steps,
        int microBatches,
        Workload work,
        double stepSeconds,
        MemoryNeed memory,
        long deviceMemory,
        long deviceHas,
        long checkpointBytes,
        int checkpointCount) {

    /** Images a second. */
    public double samplesPerSecond() {
        return work.samples() / stepSeconds;
    }

    /** Time of the whole run. */
    public double seconds() {
        return steps * stepSeconds;
    }

    /** Images the run draws. */
    public long samples() {
        return (long) steps * work.samples();
    }

    /** Bytes of the frozen parts' files at two a value. */
    public long weightBytes() {
        return memory.elements() * Short.BYTES;
    }

    /**
     * Java's heap for what learns: values, moments and pending gradient, a copy of them and its
     * file while a checkpoint is saved, and a gradient for each micro-batch.
     */
    public long heapBytes() {
        return checkpointBytes * (microBatches + 12) / 4;
    }

    /** What to do if Java has less than that; {@code most} is what it can have, in bytes. */
    Optional<String> heapTooSmall(long most) {
        return heapBytes() <= most
                ? Optional.empty()
                : Optional.of(
                        String.format(
                                Locale.ROOT,
                                "%.1f GB of Java heap are needed for the trained"
                                        + " tensors, but only %.1f are available; start with"
                                        + " JAVA_OPTS=-Xmx%dg",
                                heapBytes() / 1e9,
                                most / 1e9,
                                (long) Math.ceil(1.25 * heapBytes() / (1L << 30))));
    }

    /** What to do if the device is known to be too small. */
    Optional<String> tooLarge() {
        return deviceHas == 0 || deviceMemory <= deviceHas
                ? Optional.empty()
                : Optional.of(
                        "%.1f GB are needed and the device has %.0f; lower run.batch_size_train,"
                                        .formatted(deviceMemory / 1e9, deviceHas / 1e9)
                                + " or set model.grad_checkpoint or model.low_resource");
    }
}
