package org.minigpt4j.model;

import ai.djl.Device;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.Precision;

/** The dtype of the frozen linear maps and their inputs; norms, softmax and loss stay float32. */
public enum ComputePrecision {
    FP32(6, 4),
    BF16(15, 2),
    FP16(5, 2);

    private final int scalarType;
    private final int bytes;

    ComputePrecision(int scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /** What a configured precision is on a device; {@code amp} decides for {@code auto}. */
    public static ComputePrecision of(Precision configured, Device device, boolean amp) {
        return valueOf(configured.resolve(device.isGpu(), amp).name());
    }

    /** PyTorch's number for the dtype (c10/core/ScalarType.h). */
    public int scalarType() {
        return scalarType;
    }

    /** Bytes of one value. */
    public int bytes() {
        return bytes;
    }

    /**
     * Refuses what the device computes badly: float16 products on a CPU are some 200 times slower
     * than float32.
     *
     * @throws UsageException with the precision to take instead
     */
    public ComputePrecision requireOn(Device device) {
        if (this == FP16 && "cpu".equals(device.getDeviceType())) {
            throw new UsageException(
                    "run.precision: fp16 does not compute on a CPU in useful time; set"
                            + " run.precision: bf16 (half the memory) or fp32");
        }
        return this;
    }
}
