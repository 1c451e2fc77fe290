package org.minigpt4j.checkpoint;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.GsonBuilder;
import com.google.gson.annotations.SerializedName;

import org.minigpt4j.config.CheckpointConfig;
import org.minigpt4j.io.MemoryShortage;
import org.minigpt4j.io.Store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Saves a run in the background. The training thread only copies the state, a few milliseconds;
 * hashing and writing happen on their own thread, one checkpoint at a time. A save by the clock
 * waits its turn while another is being written; one that is required waits for it. If a write
 * fails, the run ends at its next step instead of training on unsaved.
 */
public final class CheckpointWriter implements CheckpointSink, AutoCloseable {

    private final CheckpointFolder folder;
    private final Store failures;
    private final Runnable before;
    private final CheckpointConfig when;
    private final Map<String, Object> config;
    private final LongSupplier nanoTime;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    task -> {
                        Thread writer = new Thread(task, "checkpoints");
                        writer.setDaemon(true);
                        return writer;
                    });
    private Future<?> inFlight;
    private int saved;
    private long savedAt;

    /**
     * What {@code batch.json} says.
     *
     * @param firstStep the first one whose gradient went into the update that failed
     * @param lastStep the one at whose end it failed
     * @param gathered steps among these whose gradients the state has already; their samples are
     *     not known any more
     * @param keys samples of the others
     */
    private record FailedBatch(
            @SerializedName("first_iteration") int firstStep,
            @SerializedName("last_iteration") int lastStep,
            int gathered,
            List<String> keys) {}

    /**
     * A writer for a run that has done {@code saved} steps.
     *
     * @param failures where to keep what reproduces a failure, on this machine
     * @param before done in the background before each save
     * @param config goes into every checkpoint
     * @param nanoTime the clock
     */
    public CheckpointWriter(
            CheckpointFolder folder,
            Store failures,
            Runnable before,
            CheckpointConfig when,
            Map<String, Object> config,
            int saved,
            LongSupplier nanoTime) {
        this.folder = folder;
        this.failures = failures;
        this.before = before;
        this.when = when;
        this.config = config;
        this.nanoTime = nanoTime;
        this.saved = saved;
        savedAt = nanoTime.getAsLong();
    }

    @Override
    public void after(int step, boolean required, Supplier<TrainState> state)
            throws InterruptedException {
        boolean now = required || isDueByCount(step);
        boolean busy = inFlight != null && !inFlight.isDone();
        if (inFlight != null && (now || !busy)) {
            finish();
            busy = false;
        }
        if (step == saved || !now && (busy || !isDueByClock())) {
            return;
        }
        TrainState live = state.get();
        Checkpoint checkpoint = new Checkpoint(copy(live), config);
        saved = step;
        savedAt = nanoTime.getAsLong();
        inFlight =
                thread.submit(
                        () -> {
                            before.run();
                            room(checkpoint.state(), () -> saved(checkpoint));
                        });
    }

    private Checkpoint saved(Checkpoint checkpoint) {
        folder.save(checkpoint, when);
        return checkpoint;
    }

    private static TrainState copy(TrainState live) {
        return room(live, live::copy);
    }

    private static <T> T room(TrainState state, Supplier<T> made) {
        long bytes = 4L * Float.BYTES * state.trainable().set().length();
        return MemoryShortage.of("a checkpoint", bytes, "give Java more: JAVA_OPTS=-Xmx16g", made);
    }

    private boolean isDueByCount(int step) {
        return when.steps().filter(steps -> step % steps == 0).isPresent();
    }

    private boolean isDueByClock() {
        return when.seconds() > 0 && nanoTime.getAsLong() - savedAt >= when.seconds() * 1e9;
    }

    /** Waits until everything is written. */
    public void finish() throws InterruptedException {
        if (inFlight == null) {
            return;
        }
        try {
            inFlight.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            inFlight = null;
        }
    }

    @Override
    public String keepFailure(FailedAccumulation failure) {
        TrainState before = failure.before();
        String name = CheckpointFolder.name(before.step());
        new Checkpoint(before.copy(), config).write(failures, name);
        var batch =
                new FailedBatch(
                        failure.first(),
                        failure.last(),
                        before.step() + 1 - failure.first(),
                        failure.keys());
        String json =
                new GsonBuilder()
                        .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                        .setPrettyPrinting()
                        .create()
                        .toJson(batch);
        failures.put(
                name + "/batch.json",
                List.of(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8))));
        String place = failures.describe(name);
        // What lies there is the run that failed.
        String notThere = when.dir().isPresent() ? " run.checkpoint.dir=null" : "";
        return "The state before it and the keys of its samples are in "
                + place
                + "; to reproduce it, run the same command with --options run.resume_ckpt_path="
                + place
                + " run.output_dir=output/again run.max_skips=0"
                + notThere;
    }

    /** Waits for a write that has begun, unless the thread is interrupted. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
