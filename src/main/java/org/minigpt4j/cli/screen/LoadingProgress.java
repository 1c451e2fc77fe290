package org.minigpt4j.cli.screen;

import org.minigpt4j.model.WeightLoader;

import java.io.PrintWriter;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Shows tensors and bytes while weights load, and cancels loading when asked to stop. */
final class LoadingProgress implements WeightLoader.Progress {

    private static final long REPORT_EVERY = 2_000_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private final BooleanSupplier stop;
    private final long begin = System.nanoTime();
    private int tensors;
    private long bytes;
    private long reported;

    LoadingProgress(PrintWriter out, boolean terminal, BooleanSupplier stop) {
        this.out = out;
        this.terminal = terminal;
        this.stop = stop;
    }

    /** Prints that data and weights are being opened. */
    void begin() {
        out.println("opening data and weights ...");
        out.flush();
    }

    /**
     * Counts a loaded tensor.
     *
     * @throws CancellationException if the user cancelled the run
     */
    @Override
    public void loaded(String key, long size) {
        requireGoing();
        tensors++;
        bytes += size;
        if (bytes - reported >= REPORT_EVERY) {
            reported = bytes;
            out.print(text() + (terminal ? "\r" : "\n"));
            out.flush();
        }
    }

    private void requireGoing() {
        if (stop.getAsBoolean()) {
            throw new CancellationException("stopped");
        }
    }

    /** Prints the totals after all tensors are loaded. */
    void done() {
        requireGoing();
        out.println(text());
        out.flush();
    }

    private String text() {
        return "loaded %,d tensors, %s in %.1f s"
                .formatted(tensors, ByteCount.text(bytes), (System.nanoTime() - begin) / 1e9);
    }
}
