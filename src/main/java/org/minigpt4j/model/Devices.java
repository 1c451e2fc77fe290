package org.minigpt4j.model;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.pytorch.jni.LibUtils;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DeviceKind;

import java.nio.file.Files;
import java.nio.file.Path;

/** The devices of this machine. */
public final class Devices {

    private Devices() {}

    /**
     * The device that a configured kind means here.
     *
     * @param setting who asked, for the message
     * @throws UsageException if it asks for a GPU and PyTorch finds none, or as {@link #gpus} does
     */
    public static Device of(DeviceKind wanted, String setting) {
        if (wanted == DeviceKind.CPU) {
            return Device.cpu();
        }
        int gpus = gpus();
        if (wanted == DeviceKind.CUDA && gpus == 0) {
            throw new UsageException(
                    "%s: %s; take the device cpu, or see docs/gpu.md"
                            .formatted(setting, whyNone()));
        }
        return gpus > 0 ? Device.gpu(0) : Device.cpu();
    }

    /**
     * How many GPUs there are that PyTorch computes on; 0 without one.
     *
     * @throws UsageException if there are some and DJL cannot count them, which would leave them
     *     idle without a word
     */
    public static int gpus() {
        Engine engine = Engine.getInstance();
        return counted(engine.hasCapability(StandardCapabilities.CUDA), engine.getGpuCount());
    }

    /** {@code found}, which DJL asks the CUDA runtime for and PyTorch's own library. */
    static int counted(boolean computes, int found) {
        if (computes && found == 0) {
            throw new UsageException(
                    "PyTorch computes on a GPU here, but DJL finds no CUDA runtime to count GPUs"
                            + " with; name the folder of libcudart.so.12 in"
                            + " JAVA_OPTS=-Djna.library.path=FOLDER, or take the device cpu"
                            + " (docs/gpu.md)");
        }
        return found;
    }

    /** Why there is no GPU, as the beginning of a sentence. */
    public static String whyNone() {
        Engine.getInstance(); // loads the native library
        Path cuda = Path.of(LibUtils.getLibtorchPath(), System.mapLibraryName("torch_cuda"));
        return Files.exists(cuda)
                ? "PyTorch finds no GPU here"
                : "this PyTorch is a build for the processor";
    }
}
