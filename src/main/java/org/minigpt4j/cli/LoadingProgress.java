package org.minigpt4j.cli;

import org.minigpt4j.model.WeightLoader;

import java.io.PrintWriter;

/** Counts tensors and bytes while weights are loaded. */
final class LoadingProgress implements WeightLoader.Progress {

    private static final long REPORT_EVERY = 2_000_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private final long begin = System.nanoTime();
    private int tensors;
    private long bytes;
    private long reported;

    LoadingProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void loaded(String key, long size) {
        tensors++;
        bytes += size;
        if (bytes - reported >= REPORT_EVERY) {
            reported = bytes;
            out.print(text() + (terminal ? "\r" : "\n"));
            out.flush();
        }
    }

    void done() {
        out.println(text());
        out.flush();
    }

    private String text() {
        return "loaded %,d tensors, %s in %.1f s"
                .formatted(tensors, ByteCount.text(bytes), (System.nanoTime() - begin) / 1e9);
    }
}
