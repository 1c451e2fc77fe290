package org.minigpt4j.doctor;

import org.minigpt4j.train.Workload;

import java.util.Locale;
import java.util.Optional;

/**
 * The forecast of a run's time, memory and disk.
 *
 * @param basis how the time was found: by measurement, or from the peak in a data sheet
 * @param steps number of steps in the whole run
 * @param microBatches number of micro-batches in a step
 * @param work average work in a step
 * @param stepSeconds seconds per step
 * @param memory memory that one replica needs on a device
 * @param deviceMemory bytes needed on the device with the most replicas
 * @param deviceHas memory of that device in bytes; 0 if unknown
 * @param checkpointBytes size of one checkpoint
 * @param checkpointCount maximum number of checkpoints on disk at a time
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

    /** Images per second. */
    public double samplesPerSecond() {
        return work.samples() / stepSeconds;
    }

    /** Duration of the whole run in seconds. */
    public double seconds() {
        return steps * stepSeconds;
    }

    /** Number of images that the whole run draws. */
    public long samples() {
        return (long) steps * work.samples();
    }

    /** Size of the frozen parts' files in bytes, at two bytes per value. */
    public long weightBytes() {
        return memory.elements() * Short.BYTES;
    }

    /**
     * Bytes of Java heap that the trainable tensors need: values, moments and the pending gradient;
     * a copy of these and the file's bytes while a checkpoint is saved; and one gradient per
     * micro-batch.
     */
    public long heapBytes() {
        return checkpointBytes * (microBatches + 12) / 4;
    }

    /**
     * Advice if the Java heap is too small; empty if it suffices. {@code most} is the maximum heap
     * in bytes.
     */
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

    /** Advice if the device is known to be too small; otherwise empty. */
    Optional<String> tooLarge() {
        return deviceHas == 0 || deviceMemory <= deviceHas
                ? Optional.empty()
                : Optional.of(
                        "%.1f GB are needed and the device has %.0f; lower run.batch_size_train,"
                                        .formatted(deviceMemory / 1e9, deviceHas / 1e9)
                                + " or set model.grad_checkpoint or model.low_resource");
    }
}
