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
 * Sends a run's spool to its store, each entry exactly once.
 *
 * <p>A failed request may still have been carried out: the answer may have been lost or late, or a
 * proxy may have answered instead of the server. The same holds for the first request of a process,
 * because an earlier process may have died after the answer and before recording it. Parameters,
 * tags, status and artifacts can simply be sent again. Points cannot, since some stores would keep
 * both copies. So after a request with unknown outcome, the sender first reads the run's latest
 * points. Points arrive in the order of steps (see {@link Spool}), so all points up to the latest
 * step have arrived. A run is found again by its key, and a model version by its run.
 *
 * <p>A client cannot prevent one case: the server carries out an abandoned request only after that
 * check. Its points then arrive twice, with the same key, step, timestamp and value. MLflow's SQL
 * stores keep one copy, because these fields are the primary key.
 *
 * <p>An entry that the store refuses is written to {@code rejected.jsonl} with the reason, and
 * sending continues. Not thread-safe; a single thread sends.
 */
public final class SpoolSender implements AutoCloseable {

    /** The folder for copies that were created only to become artifacts. */
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
     * Creates a sender for a run's spool.
     *
     * @param restoreDeleted whether to restore a run or experiment that was deleted in MLflow
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
     * Sends all entries, batch by batch.
     *
     * @param goOn asked before each batch whether to continue
     * @return true if nothing is left
     * @throws UnavailableException if the store must be retried later
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
     * @throws UnavailableException if the store must be retried later
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

    /** Deletes files that were created only to be sent. */
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

    /** Deletes a copy and the folders that were created only for it. */
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

    /** The store's identifier of the run; empty until it is known. */
    Optional<String> runId() {
        return Optional.ofNullable(run.runId());
    }

    /** Number of entries that the store refused. */
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
     * @param restores whether to restore a run that was deleted in the meantime; true only once,
     *     because a server could report a deletion forever
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
     * Checks whether the run was deleted in the meantime. Data sent to a deleted run is invisible,
     * and MLflow's next clean-up removes it for good.
     *
     * @return true if the run was deleted and has been restored
     * @throws UnavailableException if it was deleted and must not be restored
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
            throw new UnavailableException("cannot create the run: " + e.getMessage(), e);
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
     * The run whose projection this one started with: a tag with its identifier, and a description
     * with a link, which the UI shows.
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
            // If these had arrived, the next batch may have too: several acknowledgements can be
            // lost.
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

    /**
     * Sends parameters. A parameter keeps its first value; if a resumed run has another one, that
     * becomes a tag.
     */
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

    /** Closes the store; unsent entries stay in the spool. */
    @Override
    public void close() {
        if (store != null) {
            store.close();
            store = null;
        }
    }
}
