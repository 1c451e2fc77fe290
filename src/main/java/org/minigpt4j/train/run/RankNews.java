package org.minigpt4j.train.run;

import org.minigpt4j.checkpoint.CheckpointSink;
import org.minigpt4j.checkpoint.FailedAccumulation;
import org.minigpt4j.checkpoint.StateBytes;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.cluster.DriverWord;
import org.minigpt4j.cluster.RankWord;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.View;
import org.minigpt4j.config.CheckpointConfig;
import org.minigpt4j.train.EpochReport;
import org.minigpt4j.train.StepNews;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A rank's messages to the driver that the driver has not confirmed: figures of steps, and states
 * to save. Every rank keeps them, because the rank that reports for the run may be lost. The other
 * ranks send only what the driver has been missing for a while.
 */
final class RankNews implements TrainListener, CheckpointSink {

    private static final long STALE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int AT_A_TIME = 256;
    private static final int STATES = 2;

    private record News(byte[] bytes, long since) {}

    private final CheckpointConfig when;
    private final TreeMap<Integer, News> news = new TreeMap<>();
    private final TreeMap<Integer, byte[]> states = new TreeMap<>();
    private StepReport last;
    private View view = View.NONE;
    private int heard;
    private int saved;
    private boolean save;

    /** Creates the news of a run that saves its state at these times. */
    RankNews(CheckpointConfig when) {
        this.when = when;
    }

    @Override
    public synchronized void step(StepReport report) {
        last = report;
        put(new StepNews(report, Optional.empty()));
    }

    @Override
    public synchronized void epoch(EpochReport report) {
        put(new StepNews(last, Optional.of(report)));
    }

    private void put(StepNews one) {
        if (one.step().step() > heard) {
            news.put(one.step().step(), new News(one.encode(), System.nanoTime()));
        }
    }

    @Override
    public void after(int step, boolean required, Supplier<TrainState> state)
            throws InterruptedException {
        synchronized (this) {
            boolean count = when.steps().filter(steps -> step % steps == 0).isPresent();
            boolean wanted = required || count || save && states.isEmpty();
            if (!wanted || step <= saved) {
                return;
            }
            while (states.size() >= STATES) {
                wait(1_000); // wait, because training is faster than the driver saves
            }
        }
        keep(state.get());
    }

    /** Keeps a state until it is saved. */
    void keep(TrainState state) {
        byte[] bytes = StateBytes.encode(state);
        synchronized (this) {
            states.put(state.step(), bytes);
        }
    }

    @Override
    public String keepFailure(FailedAccumulation failed) {
        return "The last checkpoint is kept.";
    }

    /** Waits, for a limited time, until the driver has all kept states. */
    synchronized void awaitSaved() throws InterruptedException {
        long end = System.nanoTime() + LAST_NANOS;
        while (!states.isEmpty() && System.nanoTime() < end) {
            wait(100);
        }
    }

    /** The kept state after a step; empty if there is none. */
    synchronized Optional<byte[]> state(int step) {
        return Optional.ofNullable(states.get(step));
    }

    /** The message to send with a report. */
    synchronized RankWord word(RankReport report) {
        boolean speaks = view.voice().equals(Optional.of(report.from().id()));
        TreeMap<Integer, byte[]> told = new TreeMap<>();
        long now = System.nanoTime();
        for (Map.Entry<Integer, News> one : news.entrySet()) {
            boolean stale = now - one.getValue().since > STALE_NANOS;
            if (told.size() < AT_A_TIME && (speaks || stale)) {
                told.put(one.getKey(), one.getValue().bytes);
            }
        }
        return new RankWord(report, told, List.copyOf(states.keySet()), "");
    }

    /** Processes the driver's answer. */
    synchronized void answered(DriverWord word) {
        view = word.view();
        heard = word.heard();
        saved = word.saved();
        save = word.save();
        news.headMap(heard, true).clear();
        states.headMap(saved, true).clear();
        notifyAll();
    }
}
