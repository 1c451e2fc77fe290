package org.minigpt4j.model;

import ai.djl.Device;
import ai.djl.engine.Engine;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DeviceKind;

/** The devices of this machine. */
public final class Devices {

    private Devices() {}

    /**
     * The device that a configured kind means here.
     *
     * @param setting who asked, for the message
     * @throws UsageException if it asks for a GPU and PyTorch finds none
     */
    public static Device of(DeviceKind wanted, String setting) {
        int gpus = Engine.getInstance().getGpuCount();
        if (wanted == DeviceKind.CUDA && gpus == 0) {
            throw new UsageException(
                    setting
                            + ": PyTorch finds no GPU here; take the device cpu, or see docs/gpu.md");
        }
        return gpus > 0 && wanted != DeviceKind.CPU ? Device.gpu(0) : Device.cpu();
    }
}
