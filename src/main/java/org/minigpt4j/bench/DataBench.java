package org.minigpt4j.bench;

import ai.djl.Device;

import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;

import org.minigpt4j.image.PictureReader;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/**
 * Times the picture work of a loader's worker: from a JPEG file in memory to the model's pixels, on
 * one thread. It measures the processor time of the whole process, so other load on the machine has
 * little effect and garbage collection is included. {@code docs/peers/pil_decode.py} does the same
 * with PIL on the same files.
 *
 * @param folder folder of JPEG files; all of them are used
 * @param imageSize edge length of the output in pixels
 * @param seconds how long to measure
 */
public record DataBench(Path folder, int imageSize, double seconds) {

    /**
     * Returns samples per second on one core, and the sum of all pixels in a round for comparison.
     */
    public JsonObject run() {
        List<byte[]> files = JpegFiles.in(folder);
        PictureReader reader = new PictureReader(imageSize);
        long sum = 0;
        long pixels = 0;
        for (byte[] file : files) {
            byte[] made = reader.read(file);
            pixels += made.length;
            for (byte value : made) {
                sum += value & 0xFF;
            }
        }
        rounds(reader, files, seconds / 2);
        double best = 0;
        for (int i = 0; i < 3; i++) {
            best = Math.max(best, rounds(reader, files, seconds / 3));
        }
        JsonObject json = new JsonObject();
        json.addProperty("engine", "minigpt4j");
        json.addProperty("folder", folder.getFileName().toString());
        json.addProperty("files", files.size());
        json.addProperty("image_size", imageSize);
        json.addProperty("samples_per_cpu_s", Math.round(best * 10) / 10.0);
        json.addProperty("mean_pixel", Math.round(1000.0 * sum / pixels) / 1000.0);
        json.addProperty(
                "peak_mem_gb", Math.round(PeakMemory.peakBytes(Device.cpu()) / 1e7) / 100.0);
        return json;
    }

    private static double rounds(PictureReader reader, List<byte[]> files, double seconds) {
        long begin = processorNanos();
        long done = 0;
        double elapsed;
        do {
            for (byte[] file : files) {
                reader.read(file);
            }
            done += files.size();
            elapsed = (processorNanos() - begin) / 1e9;
        } while (elapsed < seconds);
        return done / elapsed;
    }

    private static long processorNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
