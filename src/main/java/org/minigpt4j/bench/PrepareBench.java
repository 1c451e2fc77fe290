package org.minigpt4j.bench;

import ai.djl.Device;

import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;

import org.minigpt4j.FailedException;
import org.minigpt4j.config.ResizeMode;
import org.minigpt4j.image.PicturePreparer;
import org.minigpt4j.image.PictureSettings;
import org.minigpt4j.image.Prepared;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Times how {@code prepare} processes a downloaded picture: from its bytes to the JPEG of a shard,
 * including hashes and EXIF data. {@code docs/peers/pil_prepare.py} decodes, resizes and encodes
 * the same files with PIL.
 *
 * @param folder folder of JPEG files
 * @param imageSize edge length of the bordered pictures in pixels
 * @param threads number of worker threads
 * @param seconds how long to measure, after warm-up
 */
public record PrepareBench(Path folder, int imageSize, int threads, double seconds) {

    /**
     * After this many pictures the JIT compiler has little left to do, however busy the machine is.
     */
    private static final int WARM_PICTURES = 1500;

    /**
     * Returns pictures per second of wall-clock time and of processor time. Processor time is that
     * of the whole process; other programs on the machine affect it less.
     */
    public JsonObject run() throws InterruptedException {
        List<byte[]> files = JpegFiles.in(folder);
        PicturePreparer preparer =
                new PicturePreparer(PictureSettings.defaults().with(ResizeMode.BORDER, imageSize));
        long bytes = 0;
        for (byte[] file : files) {
            bytes += prepared(preparer, file).jpeg().length;
        }
        for (int warm = 0; warm < WARM_PICTURES; ) {
            warm += round(preparer, files, seconds / 4);
        }
        OperatingSystemMXBean system =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = system.getProcessCpuTime();
        long clock = System.nanoTime();
        int done = round(preparer, files, seconds);
        double clockSeconds = (System.nanoTime() - clock) / 1e9;
        double cpuSeconds = (system.getProcessCpuTime() - cpu) / 1e9;
        JsonObject json = new JsonObject();
        json.addProperty("engine", "minigpt4j");
        json.addProperty("folder", folder.getFileName().toString());
        json.addProperty("files", files.size());
        json.addProperty("image_size", imageSize);
        json.addProperty("threads", threads);
        json.addProperty("samples_per_s", tenths(done / clockSeconds));
        json.addProperty("samples_per_cpu_s", tenths(done / cpuSeconds));
        json.addProperty("mean_bytes", bytes / files.size());
        json.addProperty(
                "peak_mem_gb", Math.round(PeakMemory.peakBytes(Device.cpu()) / 1e7) / 100.0);
        return json;
    }

    private static double tenths(double value) {
        return Math.round(value * 10) / 10.0;
    }

    /** Processes the files repeatedly; returns the number of pictures prepared. */
    private int round(PicturePreparer preparer, List<byte[]> files, double seconds)
            throws InterruptedException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        AtomicInteger next = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread worker =
                    new Thread(
                            () -> {
                                while (System.nanoTime() < end) {
                                    int at = next.getAndIncrement() % files.size();
                                    prepared(preparer, files.get(at));
                                    done.incrementAndGet();
                                }
                            });
            workers.add(worker);
            worker.start();
        }
        for (Thread worker : workers) {
            worker.join();
        }
        return done.get();
    }

    private Prepared.Picture prepared(PicturePreparer preparer, byte[] file) {
        Prepared made = preparer.prepare(file);
        if (made instanceof Prepared.Picture picture) {
            return picture;
        }
        throw new FailedException(folder + " contains a file that cannot be prepared: " + made);
    }
}
