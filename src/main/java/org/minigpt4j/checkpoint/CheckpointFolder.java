package org.minigpt4j.checkpoint;

import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.CheckpointConfig;
import org.minigpt4j.io.Store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The checkpoints of a run, one for each step that was saved, named by its number.
 *
 * @param store where they lie
 * @param stepsPerEpoch determines which are at the end of an epoch; those are always kept
 * @param measured whether held-out data ranks these, so that only the best are kept
 */
public record CheckpointFolder(Store store, int stepsPerEpoch, boolean measured) {

    /** How often it is looked again for a checkpoint that another process does not remove. */
    private static final int LOOKS = 100;

    /** The checkpoints in {@code store}, to be looked at and not added to. */
    public CheckpointFolder(Store store) {
        this(store, 1, false);
    }

    public static String name(int step) {
        return String.format(Locale.ROOT, "%08d", step);
    }

    /** Steps of finished checkpoints, the newest first. */
    public List<Integer> finished() {
        List<Integer> found = new ArrayList<>();
        for (String file : store.list("")) {
            step(file)
                    .ifPresent(
                            step -> {
                                if (file.equals(name(step) + "/" + Checkpoint.MANIFEST)) {
                                    found.add(step);
                                }
                            });
        }
        found.sort(Comparator.reverseOrder());
        return found;
    }

    /** The step whose checkpoint a file belongs to. */
    private static OptionalInt step(String file) {
        int slash = file.indexOf('/');
        if (slash < 0 || !file.substring(0, slash).matches("[0-9]{8,10}")) {
            return OptionalInt.empty();
        }
        long step = Long.parseLong(file.substring(0, slash));
        boolean ours = step <= Integer.MAX_VALUE && file.startsWith(name((int) step) + "/");
        return ours ? OptionalInt.of((int) step) : OptionalInt.empty();
    }

    /**
     * The state to go on from.
     *
     * @param checkpoint the newest one that can be read
     * @param damaged what is wrong with those that are newer
     */
    public record Resumable(Optional<Checkpoint> checkpoint, List<String> damaged) {
        public static final Resumable NONE = new Resumable(Optional.empty(), List.of());
    }

    /**
     * Reads the newest checkpoint, and if it is damaged the one before. One that another process
     * removes meanwhile, since it has saved a newer one, is not damaged: then it looks again.
     *
     * @throws UsageException if all of them are damaged, or one is of another format: a run that
     *     started over would overwrite them
     * @throws MiniGpt4Exception if one cannot be read, which may pass
     */
    public Resumable resumable() {
        List<String> damaged = new ArrayList<>();
        Optional<Checkpoint> found = Optional.empty();
        Set<Integer> bad = new HashSet<>();
        for (boolean looking = true; looking; ) {
            try {
                found = newest(bad);
                looking = false;
            } catch (DamagedCheckpointException e) {
                damaged.add(e.getMessage());
            }
        }
        if (found.isPresent()) {
            return new Resumable(found, damaged);
        }
        if (!damaged.isEmpty()) {
            throw new UsageException(
                    String.join("\n", damaged)
                            + "\nNo checkpoint of this run can be read; put one back"
                            + " from a copy, or delete them all and start over with"
                            + " --resume never");
        }
        return Resumable.NONE;
    }

    /**
     * Reads the newest finished checkpoint.
     *
     * @throws DamagedCheckpointException if it is not what was written
     */
    Optional<Checkpoint> newest() throws DamagedCheckpointException {
        return newest(new HashSet<>());
    }

    /** As {@link #newest()}, passing over those in {@code bad}; a damaged one is added to them. */
    private Optional<Checkpoint> newest(Set<Integer> bad) throws DamagedCheckpointException {
        for (int looks = 1; ; looks++) {
            List<Integer> left = new ArrayList<>(finished());
            left.removeAll(bad);
            if (left.isEmpty()) {
                return Optional.empty();
            }
            int step = left.get(0);
            try {
                return Optional.of(Checkpoint.read(store, name(step)));
            } catch (DamagedCheckpointException | FailedException e) {
                if (looks == LOOKS || finished().contains(step)) {
                    bad.add(step);
                    throw e;
                }
            }
        }
    }

    /**
     * Puts a small file and removes it.
     *
     * @throws MiniGpt4Exception if that does not work
     */
    public void probe() {
        String name = "probe-" + ProcessHandle.current().pid();
        store.put(name, List.of(ByteBuffer.allocate(1)));
        store.delete(name);
    }

    /** Removes them all. */
    public void clear() {
        for (int old : finished()) {
            store.delete(name(old) + "/" + Checkpoint.MANIFEST);
        }
        removeAllBut(Set.of());
    }

    /** Saves a checkpoint, then removes those that {@code keep} no longer asks for. */
    void save(Checkpoint checkpoint, CheckpointConfig keep) {
        int step = checkpoint.state().step();
        checkpoint.write(store, name(step));
        Set<Integer> kept = kept(step, keep);
        // A manifest goes first: from then on the rest of its folder is litter, and so is
        // everything that an earlier process left unfinished.
        for (int old : finished()) {
            if (!kept.contains(old)) {
                store.delete(name(old) + "/" + Checkpoint.MANIFEST);
            }
        }
        removeAllBut(kept);
    }

    private void removeAllBut(Set<Integer> kept) {
        Set<String> alive = kept.stream().map(CheckpointFolder::name).collect(Collectors.toSet());
        for (String file : store.list("")) {
            int slash = file.indexOf('/');
            if (step(file).isPresent() && !alive.contains(file.substring(0, slash))) {
                store.delete(file);
            }
        }
    }

    /**
     * The newest, the best, and those at the end of epochs; of these too only the best where they
     * can be told by held-out data. What is newer than {@code newest} was damaged, or the run would
     * have gone on from there.
     */
    private Set<Integer> kept(int newest, CheckpointConfig keep) {
        List<Integer> passing = new ArrayList<>();
        List<Integer> ends = new ArrayList<>();
        for (int step : finished()) {
            if (step <= newest) {
                (isEnd(step) ? ends : passing).add(step);
            }
        }
        Set<Integer> kept = new HashSet<>(measured ? List.of() : ends);
        kept.add(newest);
        passing.stream().limit(keep.keepLast()).forEach(kept::add);
        (measured ? ends : passing)
                .stream().sorted(bestFirst()).limit(keep.keepBest()).forEach(kept::add);
        return kept;
    }

    private boolean isEnd(int step) {
        return step % stepsPerEpoch == 0;
    }

    private Comparator<Integer> bestFirst() {
        return Comparator.comparingDouble(this::loss).thenComparing(i -> -i);
    }

    /** A checkpoint and the loss that it was chosen by. */
    public record Best(int step, double loss) {}

    /** The one with the lowest loss on held-out data, where that is measured. */
    public Optional<Best> best() {
        return measured
                ? finished().stream()
                        .filter(this::isEnd)
                        .min(bestFirst())
                        .map(step -> new Best(step, loss(step)))
                : Optional.empty();
    }

    private double loss(int step) {
        try {
            return Checkpoint.manifest(store, name(step)).loss();
        } catch (DamagedCheckpointException | UsageException e) {
            return Double.POSITIVE_INFINITY;
        }
    }
}
