package org.minigpt4j.fuzz;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A standing fuzz target: a subclass names a reader and some good inputs, and every input made from
 * them must be read or refused in words, within a time and an amount of memory.
 *
 * <p>What ever failed lies under {@code src/test/resources/fuzz/NAME} and is tried first. A new
 * failure is written to {@code target/fuzz/NAME}; mend the reader, then move the file there. An
 * ordinary build tries the same inputs each time, as many as {@link #BRIEF} allows, so that it does
 * not fail by chance; {@code mvn -Psoak verify -Dfuzz.minutes=600} tries others for hours. {@code
 * -Dfuzz.seed=N} repeats a run.
 */
public abstract class FuzzedReader {

    /** How long an ordinary build fuzzes each target. */
    protected static final Duration BRIEF = Duration.ofSeconds(2);

    /** Of an input that takes no time and does not end either. */
    private static final int MOST_WAITS = 5;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Where a target may put the bytes as a file. */
    @TempDir protected Path folder;

    private final String name;
    private long seed;

    /** A target whose corpus lies under {@code fuzz/NAME}. */
    protected FuzzedReader(String name) {
        this.name = name;
    }

    /** The reader. */
    protected abstract FuzzTarget target() throws Exception;

    /** Good inputs, each small. */
    protected abstract List<byte[]> seeds() throws Exception;

    /** Words of the format, as Latin-1. */
    protected List<String> dictionary() {
        return List.of();
    }

    /** The longest that one input may take. */
    protected Duration deadline() {
        return Duration.ofSeconds(20);
    }

    /** The most bytes that reading one input may allocate on the heap, all told. */
    protected long mostAllocated() {
        return 256L << 20;
    }

    @Test
    void whatOnceFailedIsReadOrRefused() throws Exception {
        try (Worker worker = new Worker()) {
            for (byte[] good : seeds()) {
                worker.read(good);
            }
            Path corpus = Path.of("src/test/resources/fuzz", name);
            if (Files.isDirectory(corpus)) {
                try (Stream<Path> files = Files.list(corpus)) {
                    for (Path file : files.sorted().toList()) {
                        worker.read(Files.readAllBytes(file));
                    }
                }
            }
        }
    }

    @Test
    void changedInputsAreReadOrRefused() throws Exception {
        fuzz(BRIEF, 1);
    }

    @Test
    @Tag("soak")
    void changedInputsAreReadOrRefusedForHours() throws Exception {
        fuzz(Duration.ofMinutes(Integer.getInteger("fuzz.minutes", 60)), System.nanoTime());
    }

    private void fuzz(Duration time, long usualSeed) throws Exception {
        seed = Long.getLong("fuzz.seed", usualSeed);
        SplittableRandom random = new SplittableRandom(seed);
        Mutator mutator = new Mutator(random, dictionary());
        List<byte[]> pool = new ArrayList<>(seeds());
        int inputs = 0;
        try (Worker worker = new Worker()) {
            worker.read(pool.get(0)); // loads what is loaded once, such as native libraries
            long end = System.nanoTime() + time.toNanos();
            while (System.nanoTime() - end < 0) {
                byte[] good = pool.get(random.nextInt(pool.size()));
                worker.read(mutator.mutate(good, pool.get(random.nextInt(pool.size()))));
                inputs++;
            }
        }
        assertTrue(inputs > 0, "no input was tried");
        System.out.printf("%s: %d inputs, seed %d%n", name, inputs, seed);
    }

    /** A thread that reads, so that one that does not end can be left. */
    private final class Worker implements AutoCloseable {

        private final FuzzTarget target = target();
        private final ExecutorService thread =
                Executors.newSingleThreadExecutor(
                        work -> {
                            Thread made = new Thread(work, "fuzz-" + name);
                            made.setDaemon(true);
                            return made;
                        });
        private final long id = thread.submit(() -> Thread.currentThread().getId()).get();

        Worker() throws Exception {}

        void read(byte[] bytes) throws IOException {
            Future<Long> reading = thread.submit(() -> allocatedBy(bytes));
            try {
                long allocated = await(reading);
                if (allocated > mostAllocated()) {
                    throw failure(bytes, allocated + " bytes allocated", null);
                }
            } catch (ExecutionException e) {
                throw failure(bytes, e.getCause().toString(), e.getCause());
            } catch (TimeoutException e) {
                throw failure(bytes, "not done after " + deadline(), e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        /** By the time that the thread computed, for a busy machine may give it none for long. */
        private long await(Future<Long> reading)
                throws InterruptedException, ExecutionException, TimeoutException {
            for (int tries = MOST_WAITS; ; tries--) {
                long before = THREADS.getThreadCpuTime(id);
                try {
                    return reading.get(deadline().toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    long computed = THREADS.getThreadCpuTime(id) - before;
                    if (tries == 0 || computed > deadline().toNanos() / 2) {
                        throw e;
                    }
                }
            }
        }

        private long allocatedBy(byte[] bytes) throws Exception {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try {
                target.read(bytes);
            } catch (MiniGpt4Exception e) {
                requireWords(e.getMessage());
            }
            return THREADS.getCurrentThreadAllocatedBytes() - before;
        }

        private void requireWords(String message) {
            assertFalse(message == null || message.isBlank(), "a message without words");
            assertFalse(
                    message.chars().anyMatch(c -> c < ' ' && c != '\n' || c == 0x7F),
                    () -> "control characters: " + message);
            assertFalse(
                    message.contains("java.") || message.contains("Exception"),
                    () -> "not for a person: " + message);
        }

        private AssertionError failure(byte[] bytes, String what, Throwable cause)
                throws IOException {
            String hash = new Sha256().update(ByteBuffer.wrap(bytes)).hex().substring(0, 12);
            Path file = Path.of("target/fuzz", name, hash);
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
            return new AssertionError(
                    "%s with seed %d: %s; the input is %s".formatted(name, seed, what, file),
                    cause);
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }
}
