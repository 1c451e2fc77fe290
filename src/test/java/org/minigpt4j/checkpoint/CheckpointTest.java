package org.minigpt4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.CheckpointConfig;
import org.minigpt4j.io.FaultyStore;
import org.minigpt4j.io.FaultyStore.Fault;
import org.minigpt4j.io.LocalStore;
import org.minigpt4j.io.MemoryStore;
import org.minigpt4j.io.Store;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.ParallelTrainTest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

class CheckpointTest {

    private static final int EPOCH = 100;
    private static final Map<String, Object> CONFIG = Map.of("run", Map.of("seed", 42));

    @TempDir private Path temp;

    @Test
    void whatWasWrittenIsReadBackToTheLastBit() throws Exception {
        for (Store store : List.of(new MemoryStore(), new LocalStore(temp))) {
            TrainState state = state(7, Double.NaN);
            new Checkpoint(state, CONFIG).write(store, "a");
            Checkpoint read = Checkpoint.read(store, "a");
            ParallelTrainTest.assertSameBits("state", state, read.state());
            assertEquals(state.scaler(), read.state().scaler());
            assertEquals(state.position(), read.state().position());
            assertEquals(42.0, ((Map<?, ?>) read.config().get("run")).get("seed"));
        }
    }

    @Test
    void everyFlippedByteIsFound() throws Exception {
        MemoryStore store = written();
        int flipped = 0;
        for (String name : List.copyOf(store.files.keySet())) {
            byte[] good = store.files.get(name);
            for (int i = 0; i < good.length; i++) {
                for (int mask : new int[] {1, 0x80, 0xFF, good[i] ^ ' '}) {
                    byte[] bad = good.clone();
                    bad[i] ^= (byte) mask;
                    if (bad[i] != good[i]) {
                        store.files.put(name, bad);
                        assertDamaged(store, name + " byte " + i + " mask " + mask);
                        flipped++;
                    }
                }
            }
            store.files.put(name, good);
        }
        assertTrue(flipped > 5000, "only " + flipped);
        Checkpoint.read(store, "a");
    }

    @Test
    void everyCutAndEveryMissingFileIsFound() {
        MemoryStore store = written();
        for (String name : List.copyOf(store.files.keySet())) {
            byte[] good = store.files.get(name);
            for (int length = 0; length < good.length; length++) {
                store.files.put(name, Arrays.copyOf(good, length));
                assertDamaged(store, name + " cut to " + length);
            }
            store.files.put(name, Arrays.copyOf(good, good.length + 1));
            assertDamaged(store, name + " with a byte more");
            store.files.remove(name);
            assertDamaged(store, "no " + name);
            store.files.put(name, good);
        }
    }

    @Test
    void whateverStorageCallFailsTheOldOrTheNewCheckpointIsWhole() {
        for (Fault fault : Fault.values()) {
            assertOldOrNewWhateverFails(fault, MemoryStore::new);
        }
    }

    /** Fails the n-th call of a save, for every n, on an empty store each time. */
    static void assertOldOrNewWhateverFails(Fault fault, Supplier<Store> empty) {
        boolean failed = true;
        int calls = 0;
        for (int n = 1; failed; n++) {
            try (Store store = empty.get()) {
                failed = assertOldOrNew(store, fault, n);
            }
            calls = n;
        }
        assertTrue(calls > 8, "only " + calls);
    }

    /** False if a save has fewer calls than {@code n}. */
    private static boolean assertOldOrNew(Store store, Fault fault, int n) {
        String what = fault + " call " + n;
        CheckpointFolder good = new CheckpointFolder(store, EPOCH, false);
        good.save(new Checkpoint(state(10, 1), CONFIG), keep(1, 0));
        FaultyStore faulty = new FaultyStore(store, n, fault);
        try {
            new CheckpointFolder(faulty, EPOCH, false)
                    .save(new Checkpoint(state(20, 1), CONFIG), keep(1, 0));
        } catch (FailedException e) {
            // the point of the exercise
        }
        CheckpointFolder.Resumable left = good.resumable();
        // half a manifest is noticed and passed over; nothing else ever has to be
        assertTrue(left.damaged().size() <= (fault == Fault.TORN ? 1 : 0), what);
        TrainState state = left.checkpoint().orElseThrow().state();
        assertTrue(state.step() == 10 || state.step() == 20, what);
        ParallelTrainTest.assertSameBits(what, state(state.step(), 1), state);
        // and the next save succeeds, leaving nothing of the one that failed
        good.save(new Checkpoint(state(30, 1), CONFIG), keep(1, 0));
        assertEquals(List.of(30), good.finished(), what);
        assertEquals(3, store.list("").size(), what + store.list(""));
        return faulty.hasFailed();
    }

    @Test
    void aDamagedNewestCheckpointGivesWayToTheOneBeforeAndThenGoes() {
        MemoryStore store = new MemoryStore();
        CheckpointFolder folder = new CheckpointFolder(store, EPOCH, false);
        folder.save(new Checkpoint(state(10, 1), CONFIG), keep(1, 0));
        folder.save(new Checkpoint(state(20, 1), CONFIG), keep(2, 0));
        store.files.get("00000020/state.safetensors")[99]++;
        CheckpointFolder.Resumable left = folder.resumable();
        assertEquals(10, left.checkpoint().orElseThrow().state().step());
        assertEquals(1, left.damaged().size());
        assertTrue(left.damaged().get(0).endsWith("the checkpoint is damaged"));
        folder.save(new Checkpoint(state(12, 1), CONFIG), keep(1, 0));
        assertEquals(List.of(12), folder.finished());
    }

    @Test
    void whereAllAreDamagedNoRunBeginsAnew() {
        MemoryStore store = three();
        store.files.replaceAll(
                (name, content) ->
                        name.endsWith(Checkpoint.MANIFEST) ? new byte[] {'{', '}'} : content);
        var e = assertThrows(UsageException.class, () -> new CheckpointFolder(store).resumable());
        assertTrue(e.getMessage().contains("--resume never"), e.getMessage());
        for (String name : List.of("00000010", "00000020", "00000030")) {
            assertTrue(e.getMessage().contains(name), e.getMessage());
        }
    }

    @Test
    void oneOfAnotherFormatIsNotPassedOver() {
        MemoryStore store = three();
        String name = "00000030/" + Checkpoint.MANIFEST;
        String later = new String(store.files.get(name), StandardCharsets.UTF_8);
        store.files.put(
                name,
                later.replace("\"format\": 3", "\"format\": 5,\n  \"more\": 1")
                        .getBytes(StandardCharsets.UTF_8));
        var e = assertThrows(UsageException.class, () -> new CheckpointFolder(store).resumable());
        assertTrue(e.getMessage().contains("has format 5"), e.getMessage());
    }

    @Test
    void oneWhoseStoreDoesNotAnswerIsNotPassedOver() {
        MemoryStore store = three();
        int calls = 0;
        for (boolean failed = true; failed; ) {
            var faulty = new FaultyStore(store, ++calls, Fault.BEFORE);
            try {
                var found = new CheckpointFolder(faulty).resumable().checkpoint().orElseThrow();
                assertEquals(30, found.state().step(), "call " + calls);
                failed = faulty.hasFailed();
                assertFalse(failed, "call " + calls + " failed and nobody noticed");
            } catch (FailedException e) {
                // the run ends, and the same command finds the newest once the store answers
            }
        }
        assertTrue(calls > 4, "only " + calls);
    }

    private static MemoryStore three() {
        MemoryStore store = new MemoryStore();
        CheckpointFolder folder = new CheckpointFolder(store, EPOCH, false);
        for (int step : new int[] {10, 20, 30}) {
            folder.save(new Checkpoint(state(step, 1), CONFIG), keep(3, 0));
        }
        return store;
    }

    @Test
    void theNewestTheBestAndTheEndsOfEpochsAreKept() {
        MemoryStore store = new MemoryStore();
        CheckpointFolder folder = new CheckpointFolder(store, EPOCH, false);
        double[] losses = {5, 2, 4, 3, 9, 8, 7, 6};
        for (int i = 0; i < losses.length; i++) {
            folder.save(new Checkpoint(state(40 * (i + 1), losses[i]), CONFIG), keep(2, 1));
        }
        assertEquals(List.of(320, 280, 200, 80), folder.finished());
    }

    @Test
    void whereHeldOutDataIsMeasuredTheBestEndsOfEpochsAreKept() {
        MemoryStore store = new MemoryStore();
        CheckpointFolder folder = new CheckpointFolder(store, EPOCH, true);
        double[] losses = {5, 2, 4, Double.NaN, 3};
        for (int i = 0; i < losses.length; i++) {
            int end = EPOCH * (i + 1);
            // What passes by has a training loss, with which the others must not be compared.
            folder.save(new Checkpoint(state(end - 1, 0.1), CONFIG), keep(1, 2));
            folder.save(new Checkpoint(measured(end, losses[i]), CONFIG), keep(1, 2));
        }
        assertEquals(List.of(500, 499, 200), folder.finished());
        assertEquals(new CheckpointFolder.Best(200, 2), folder.best().orElseThrow());
        folder.save(new Checkpoint(state(540, 0.1), CONFIG), keep(1, 2));
        assertEquals(List.of(540, 500, 200), folder.finished());
        assertTrue(new CheckpointFolder(store, EPOCH, false).best().isEmpty());
    }

    private static TrainState measured(int step, double heldOut) {
        TrainState state = state(step, 0.1);
        return new TrainState(
                step,
                state.position(),
                state.updates(),
                state.microBatches(),
                state.trainable(),
                state.firstMoment(),
                state.secondMoment(),
                state.pending(),
                state.scaler(),
                state.means().nextEpoch(OptionalDouble.of(heldOut)));
    }

    @Test
    void savesByCountByClockAndWhenItMust() throws Exception {
        MemoryStore store = new MemoryStore();
        CheckpointFolder folder = new CheckpointFolder(store, EPOCH, false);
        var clock = new AtomicLong();
        var when = new CheckpointConfig(Optional.of(10), 60, 50, 0, Optional.empty());
        try (var writer = writer(folder, when, 0, clock::get)) {
            for (int i = 1; i <= 25; i++) {
                int step = i;
                clock.addAndGet(7_000_000_000L);
                writer.after(i, i == 25, () -> state(step, 1));
                writer.finish();
            }
        }
        assertEquals(List.of(25, 20, 19, 10, 9), folder.finished());
    }

    @Test
    void aWriteThatFailsEndsTheRunAndLeavesTheLastCheckpoint() throws Exception {
        MemoryStore store = new MemoryStore();
        var when = new CheckpointConfig(Optional.of(1), 0, 1, 0, Optional.empty());
        CheckpointFolder good = new CheckpointFolder(store, EPOCH, false);
        good.save(new Checkpoint(state(1, 1), CONFIG), when);
        CheckpointFolder full =
                new CheckpointFolder(new FaultyStore(store, 2, Fault.BEFORE), EPOCH, false);
        try (var writer = writer(full, when, 1, System::nanoTime)) {
            writer.after(2, false, () -> state(2, 1));
            var e =
                    assertThrows(
                            FailedException.class, () -> writer.after(3, false, () -> state(3, 1)));
            assertTrue(e.getMessage().contains("No space left"), e.getMessage());
        }
        assertEquals(List.of(1), good.finished());
        assertTrue(good.resumable().damaged().isEmpty());
    }

    @Test
    void aSlowSaveKeepsNoStepWaitingAndHoldsTheStateOfItsTime() throws Exception {
        MemoryStore store = new MemoryStore();
        var begin = new FutureTask<>(() -> null);
        Runnable slow =
                () -> {
                    try {
                        begin.get();
                    } catch (InterruptedException | ExecutionException e) {
                        throw new IllegalStateException(e);
                    }
                };
        var when = new CheckpointConfig(Optional.of(1), 60, 1, 0, Optional.empty());
        TrainState live = state(1, 1);
        try (var writer =
                new CheckpointWriter(
                        new CheckpointFolder(store, EPOCH, false),
                        new MemoryStore(),
                        slow,
                        when,
                        CONFIG,
                        0,
                        () -> 0)) {
            writer.after(1, false, () -> live);
            live.trainable().values()[0] = 77; // the next update
            assertEquals(List.of(), store.list(""));
            begin.run();
            writer.finish();
        }
        ParallelTrainTest.assertSameBits(
                "saved", state(1, 1), Checkpoint.read(store, "00000001").state());
    }

    @Test
    void aFailureOfARunWhoseCheckpointsLieElsewhereIsNotLookedForThere() {
        var far = new CheckpointConfig(Optional.empty(), 60, 1, 0, Optional.of("s3a://bucket/run"));
        try (var writer = writer(new CheckpointFolder(new MemoryStore()), far, 0, () -> 0)) {
            String sentence =
                    writer.keepFailure(new FailedAccumulation(state(33, 1), 34, 34, List.of()));
            assertTrue(sentence.endsWith(" run.checkpoint.dir=null"), sentence);
        }
    }

    @Test
    void aFailureIsKeptWithTheKeysOfItsSamplesAndDoesNotCountAsACheckpoint() throws Exception {
        MemoryStore store = new MemoryStore();
        CheckpointFolder folder = new CheckpointFolder(new MemoryStore(), EPOCH, false);
        String sentence;
        try (var writer =
                new CheckpointWriter(
                        folder, store, () -> {}, keep(1, 0), CONFIG, 0, System::nanoTime)) {
            sentence =
                    writer.keepFailure(
                            new FailedAccumulation(
                                    state(33, 1), 32, 35, List.of("000000012", "000000013")));
        }
        assertTrue(sentence.contains("run.resume_ckpt_path=memory:00000033"), sentence);
        assertEquals(33, Checkpoint.read(store, "00000033").state().step());
        String batch = new String(store.files.get("00000033/batch.json"));
        assertTrue(batch.contains("\"000000013\""), batch);
        assertTrue(batch.contains("\"first_iteration\": 32"), batch);
        assertTrue(batch.contains("\"last_iteration\": 35"), batch);
        assertTrue(batch.contains("\"gathered\": 2"), batch);
        assertEquals(List.of(), folder.finished());
    }

    private static CheckpointWriter writer(
            CheckpointFolder folder, CheckpointConfig when, int saved, LongSupplier nanoTime) {
        return new CheckpointWriter(
                folder, new MemoryStore(), () -> {}, when, CONFIG, saved, nanoTime);
    }

    private static CheckpointConfig keep(int last, int best) {
        return new CheckpointConfig(Optional.empty(), 60, last, best, Optional.empty());
    }

    private static MemoryStore written() {
        MemoryStore store = new MemoryStore();
        new Checkpoint(state(7, 1), CONFIG).write(store, "a");
        return store;
    }

    /** Another process saves, and removes what this one has just found. */
    @Test
    void aCheckpointThatIsRemovedWhileItIsReadIsNotADamagedOne() throws Exception {
        for (int call = 1; call <= 12; call++) {
            MemoryStore files = new MemoryStore();
            CheckpointFolder other = new CheckpointFolder(files, EPOCH, false);
            other.save(new Checkpoint(state(10, 1), CONFIG), keep(1, 0));
            int last = call;
            int[] calls = {0};
            Runnable meanwhile =
                    () -> {
                        if (++calls[0] <= last) {
                            int step = 10 + calls[0];
                            other.save(new Checkpoint(state(step, 1), CONFIG), keep(1, 0));
                        }
                    };
            CheckpointFolder folder = new CheckpointFolder(new Changing(files, meanwhile));
            CheckpointFolder.Resumable found = folder.resumable();
            assertEquals(List.of(), found.damaged());
            assertTrue(found.checkpoint().orElseThrow().state().step() >= 10);
        }
    }

    /** A store that somebody else changes before each of its files is read. */
    private record Changing(Store store, Runnable meanwhile) implements Store {

        @Override
        public void put(String name, List<ByteBuffer> content) {
            store.put(name, content);
        }

        @Override
        public byte[] get(String name) {
            meanwhile.run();
            return store.get(name);
        }

        @Override
        public List<String> list(String prefix) {
            return store.list(prefix);
        }

        @Override
        public void delete(String name) {
            store.delete(name);
        }

        @Override
        public String describe(String name) {
            return store.describe(name);
        }
    }

    @Test
    void foldersThatNoStepHasAreNoCheckpoints() throws Exception {
        MemoryStore files = new MemoryStore();
        CheckpointFolder folder = new CheckpointFolder(files, EPOCH, false);
        folder.save(new Checkpoint(state(10, 1), CONFIG), keep(1, 0));
        byte[] manifest = files.get("00000010/manifest.json");
        List<String> strange =
                List.of(
                        "9999999999",
                        "2147483648",
                        "0000000010",
                        "١٢٣٤٥٦٧٨",
                        "000000010",
                        "latest");
        for (String name : strange) {
            files.put(name + "/manifest.json", List.of(ByteBuffer.wrap(manifest)));
        }
        assertEquals(List.of(10), folder.finished());
        folder.save(new Checkpoint(state(20, 1), CONFIG), keep(1, 0));
        assertEquals(20, folder.resumable().checkpoint().orElseThrow().state().step());
        for (String name : strange) {
            assertTrue(files.files.containsKey(name + "/manifest.json"), "somebody else's");
        }
    }

    private static void assertDamaged(Store store, String what) {
        boolean read;
        try {
            Checkpoint.read(store, "a");
            read = true;
        } catch (DamagedCheckpointException | MiniGpt4Exception e) {
            read = false;
        }
        assertFalse(read, what + " was not noticed");
    }

    private static TrainState state(int step, double loss) {
        TrainableValues values = TrainableValues.initialProjection(3, 2, step);
        return new TrainState(
                step,
                4L * step,
                step - 1,
                4,
                values,
                TrainableValues.initialProjection(3, 2, step + 1),
                TrainableValues.initialProjection(3, 2, step + 2),
                TrainableValues.initialProjection(3, 2, step + 3),
                new ScalerState(true, 1024, 3),
                RunningMeans.NONE
                        .plus(0.1, 1e-4, true, false)
                        .nextEpoch(OptionalDouble.empty())
                        .plus(loss, 1.0 / 3, false, true));
    }
}
