package org.minigpt4j.track;

import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.PrivateFiles;
import org.minigpt4j.track.store.NewRun;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RefusedException;
import org.minigpt4j.track.store.TrackingStore;
import org.minigpt4j.track.store.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Brings a run's spool to its store, each entry exactly once.
 *
 * <p>A request that fails may have been done: the answer was lost, or came too late, or a proxy
 * answered in the server's place. The same holds for the first request of a process, whose
 * predecessor may have died between an answer and its note of it. Parameters, tags, status and
 * artifacts may simply be sent again. Points may not, since some stores would keep both. So when
 * the outcome of a request is not known, the next one begins with a look at the run's latest
 * points: points arrive in the order of steps (see {@link Spool}), so what has a step no higher
 * than the latest one has arrived. A run is found again by its key, and a model version by its run.
 *
 * <p>One case is beyond a client: a request given up on that a server carries out only after that
 * look. Its points then arrive twice, alike in key, step, timestamp and value. MLflow's SQL stores,
 * whose primary key that is, keep one of them.
 *
 * <p>An entry that the store refuses is written to {@code rejected.jsonl} with the reason, and the
 * others go on. Not thread-safe; one thread delivers.
 */
public final class SpoolSender implements AutoCloseable {

    /** The folder of copies that were made to become artifacts. */
    static final String COPIES = "artifacts";

    private static final Logger LOG = LoggerFactory.getLogger(SpoolSender.class);
    private static final String REJECTED = "rejected.jsonl";
    private static final String CHANGED = "changed.";
    private static final String NOTE_TAG = "mlflow.note.content";
    private static final String RESTORE =
            "tracking.restore_deleted: True (launch/track sync --restore-deleted)";
    private static final String FROM_TAG = "minigpt4j.from_run";

    private final Path folder;
    private final RunFiles files;
    private final Spool spool;
    private final Stores stores;
    private volatile RunFile run;
    private TrackingStore store;
    private final boolean restoreDeleted;
    private boolean doubtful = true;
    private boolean seen;
    private int rejected;

    /** Opens the store when it is first needed. */
    interface Stores {
        TrackingStore open(String uri) throws UnavailableException;
    }

    /**
     * A sender of a run's spool.
     *
     * @param restoreDeleted whether a deleted run or experiment is taken out of MLflow's waste bin
     */
    SpoolSender(Path folder, RunFile run, Spool spool, Stores stores, boolean restoreDeleted) {
        this.restoreDeleted = restoreDeleted;
        this.folder = folder;
        files = new RunFiles(folder);
        this.run = run;
        this.spool = spool;
        this.stores = stores;
    }

    /**
     * Sends what there is, batch by batch.
     *
     * @param goOn asked before each batch
     * @return true if nothing is left
     * @throws UnavailableException if the store has to be tried again later
     */
    boolean deliver(BooleanSupplier goOn) throws UnavailableException, IOException {
        while (goOn.getAsBoolean()) {
            if (!deliverOne()) {
                return true;
            }
        }
        return spool.next().isEmpty();
    }

    /**
     * Sends the next batch.
     *
     * @return false if there was none
     * @throws UnavailableException if the store has to be tried again later
     */
    boolean deliverOne() throws UnavailableException, IOException {
        Optional<Spool.Batch> batch = spool.next();
        if (batch.isEmpty()) {
            return false;
        }
        try {
            send(batch.get().entries());
        } catch (UnavailableException e) {
            doubtful = true;
            throw e;
        }
        spool.acknowledge(batch.get());
        dropCopies(batch.get().entries());
        return true;
    }

    /** Files that were made for the record only are not needed any more. */
    private void dropCopies(List<Entry> entries) throws IOException {
        for (Entry entry : entries) {
            if (entry instanceof Entry.Artifact artifact) {
                Optional<Path> file = files.own(artifact.file());
                if (file.isPresent()) {
                    dropCopy(file.get());
                }
            }
        }
    }

    /** Removes a copy, and the folders that were made for it alone. */
    private void dropCopy(Path file) throws IOException {
        Path copies = folder.toRealPath().resolve(COPIES);
        if (!file.startsWith(copies)) {
            return;
        }
        Files.deleteIfExists(file);
        for (Path dir = file.getParent();
                dir.startsWith(copies) && !dir.equals(copies);
                dir = dir.getParent()) {
            Files.deleteIfExists(dir);
        }
    }

    /** The store's identifier of the run, once it is there. */
    Optional<String> runId() {
        return Optional.ofNullable(run.runId());
    }

    /** How many entries this object had to give up on. */
    int rejected() {
        return rejected;
    }

    private void send(List<Entry> entries) throws UnavailableException, IOException {
        if (store == null) {
            store = stores.open(run.uri());
        }
        if (run.runId() == null) {
            run = run.withRunId(makeRun());
            run.write(folder);
        } else if (!seen) {
            requireThere();
        }
        seen = true;
        send(entries, true);
    }

    /**
     * Sends entries of one kind to the run.
     *
     * @param restores whether a run that was deleted meanwhile is restored; once, for a server may
     *     say so for ever
     */
    private void send(List<Entry> entries, boolean restores)
            throws UnavailableException, IOException {
        try {
            if (entries.get(0) instanceof Entry.Points) {
                sendPoints(entries);
            } else {
                sendOne(entries.get(0));
            }
        } catch (RefusedException e) {
            if (restores && requireThere()) {
                send(entries, false);
                return;
            }
            if (entries.size() == 1) {
                reject(entries.get(0), e);
                return;
            }
            for (Entry entry : entries) {
                send(List.of(entry), restores);
            }
        }
    }

    /**
     * Looks whether the run was deleted meanwhile: what is told to it then is seen by nobody, and
     * goes for good with MLflow's next clean-up.
     *
     * @return true if it was, and is restored
     * @throws UnavailableException if it was, and is not to be restored
     */
    private boolean requireThere() throws UnavailableException {
        String id = run.runId();
        try {
            if (!store.isRunDeleted(id)) {
                return false;
            }
            if (restoreDeleted) {
                store.restoreRun(id);
                LOG.warn("run {} was deleted in the tracking store and is restored", id);
                return true;
            }
        } catch (RefusedException e) {
            throw new UnavailableException("run %s: %s".formatted(id, e.getMessage()), e);
        }
        throw new UnavailableException(
                "run %s or its experiment %s was deleted there; restore it in MLflow, or with %s"
                        .formatted(id, run.experiment(), RESTORE),
                null);
    }

    private String makeRun() throws UnavailableException {
        try {
            requireExperiment();
            Optional<String> made = store.findRun(run.experiment(), run.key());
            if (made.isPresent()) {
                return made.get();
            }
            return store.createRun(
                    new NewRun(
                            run.experiment(),
                            run.name(),
                            run.key(),
                            run.started(),
                            run.user(),
                            origin()));
        } catch (RefusedException e) {
            throw new UnavailableException("may not make the run: " + e.getMessage(), e);
        }
    }

    private void requireExperiment() throws UnavailableException, RefusedException {
        if (!store.isExperimentDeleted(run.experiment())) {
            return;
        }
        if (!restoreDeleted) {
            throw new UnavailableException(
                    "experiment %s was deleted there; restore it in MLflow or with %s, or name another"
                            .formatted(run.experiment(), RESTORE),
                    null);
        }
        store.restoreExperiment(run.experiment());
        LOG.warn("experiment {} was deleted in the store and is restored", run.experiment());
    }

    /**
     * The run whose projection this one began with: a tag that names it, and a description, which
     * the UI shows, with a link to it.
     */
    private Map<String, String> origin() {
        if (run.from() == null) {
            return Map.of();
        }
        try {
            return RunFile.newest(Path.of(run.from())).map(this::origin).orElse(Map.of());
        } catch (IOException | InvalidPathException e) {
            return Map.of();
        }
    }

    private Map<String, String> origin(RunFile from) {
        if (from.runId() == null || !from.uri().equals(run.uri())) {
            return Map.of(FROM_TAG, from.runId() == null ? from.key() : from.runId());
        }
        String name = from.name().replaceAll("[\\[\\]\\\\`*_<]", "\\\\$0");
        String link = "[" + name + "](#/runs/" + from.runId() + ")";
        return Map.of(
                FROM_TAG, from.runId(), NOTE_TAG, "Started from the projection of " + link + ".");
    }

    private void sendPoints(List<Entry> entries) throws UnavailableException, RefusedException {
        List<Point> points = new ArrayList<>();
        for (Entry entry : entries) {
            Entry.Points at = (Entry.Points) entry;
            at.values()
                    .forEach(
                            (key, value) ->
                                    points.add(new Point(key, value, at.timestamp(), at.step())));
        }
        if (doubtful && !points.isEmpty()) {
            Map<String, Point> arrived = store.latest(run.runId());
            // Where these had arrived the next may have too: several notes can be lost at once.
            doubtful =
                    points.removeIf(
                            point ->
                                    arrived.containsKey(point.key())
                                            && point.step() <= arrived.get(point.key()).step());
        }
        if (!points.isEmpty()) {
            store.log(run.runId(), points);
        }
    }

    private void sendOne(Entry entry) throws UnavailableException, RefusedException {
        String id = run.runId();
        if (entry instanceof Entry.Params params) {
            sendParams(params.values());
        } else if (entry instanceof Entry.Tags tags) {
            store.setTags(id, tags.values());
        } else if (entry instanceof Entry.Inputs inputs) {
            store.addInputs(id, inputs.inputs());
        } else if (entry instanceof Entry.Status status) {
            store.setStatus(id, status.status(), status.time());
        } else if (entry instanceof Entry.Artifact artifact) {
            Path file =
                    files.own(artifact.file())
                            .orElseThrow(
                                    () ->
                                            new RefusedException(
                                                    "there is no file %s in the folders of the run"
                                                            .formatted(
                                                                    ForeignText.line(
                                                                            artifact.file()))));
            store.putArtifact(id, artifact.path(), file);
        } else if (entry instanceof Entry.Model model
                && store.modelVersion(model.name(), id).isEmpty()) {
            store.registerModel(model.name(), id, model.artifact(), model.tags());
        }
    }

    /** A parameter keeps its first value; a resumed run's other one becomes a tag. */
    private void sendParams(Map<String, String> params)
            throws UnavailableException, RefusedException {
        try {
            store.setParams(run.runId(), params);
        } catch (RefusedException e) {
            for (var param : params.entrySet()) {
                try {
                    store.setParams(run.runId(), Map.of(param.getKey(), param.getValue()));
                } catch (RefusedException one) {
                    store.setTags(run.runId(), Map.of(CHANGED + param.getKey(), param.getValue()));
                }
            }
        }
    }

    private void reject(Entry entry, RefusedException reason) throws IOException {
        if (rejected++ == 0) {
            LOG.warn(
                    "the tracking store refused an entry of {} ({}); such entries go to {}",
                    run.name(),
                    reason.getMessage(),
                    folder.resolve(REJECTED));
        }
        Map<String, String> line = new HashMap<>();
        line.put("reason", reason.getMessage());
        line.put("entry", entry.line());
        PrivateFiles.touch(folder.resolve(REJECTED));
        Files.writeString(
                folder.resolve(REJECTED),
                Entry.GSON.toJson(line) + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND,
                LinkOption.NOFOLLOW_LINKS);
    }

    /** Forgets the store; what was not sent stays in the spool. */
    @Override
    public void close() {
        if (store != null) {
            store.close();
            store = null;
        }
    }
}
