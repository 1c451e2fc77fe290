package org.minigpt4j.cli.weights;

import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.weights.TensorInfo;

import java.io.PrintWriter;
import java.util.function.Consumer;

/** Prints a line each time another portion of the tensors is done. */
final class TensorProgress implements Consumer<TensorInfo> {
    private static final long STEP = 1_000_000_000;

    private final PrintWriter out;
    private final String verb;
    private long done;
    private long told;

    TensorProgress(PrintWriter out, String verb) {
        this.out = out;
        this.verb = verb;
    }

    @Override
    public void accept(TensorInfo info) {
        done += info.byteLength();
        if (done - told >= STEP) {
            told = done;
            out.println("  %s %s, up to %s".formatted(verb, ByteCount.text(done), info.key()));
            out.flush();
        }
    }
}
