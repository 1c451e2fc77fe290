package org.minigpt4j.track;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RefusedException;
import org.minigpt4j.track.store.RunView;
import org.minigpt4j.track.store.StoreAddress;
import org.minigpt4j.track.store.TrackingStore;
import org.minigpt4j.track.store.UnavailableException;

import java.time.Duration;
import java.util.List;

/** The runs of a store, for viewing without MLflow's UI. */
public final class RunCatalog implements AutoCloseable {

    private final String uri;
    private final TrackingStore store;

    /**
     * Opens an existing store for reading.
     *
     * @throws UsageException if the address is invalid or its file does not exist
     * @throws FailedException if the store does not answer
     */
    public RunCatalog(String uri, TrackingEnvironment environment, Duration deadline) {
        this.uri = uri;
        try {
            store = StoreAddress.read(uri, environment, deadline);
        } catch (UnavailableException e) {
            throw new FailedException(e.getMessage(), e);
        }
    }

    /** All runs, the latest first. */
    public List<RunView> runs() {
        try {
            return store.runs();
        } catch (UnavailableException | RefusedException e) {
            throw new FailedException(e.getMessage(), e);
        }
    }

    /**
     * Finds a run by its identifier, its name, or the beginning of either; the latest run if
     * several match by name.
     *
     * @throws UsageException if there is none
     */
    public RunView run(String reference) {
        if (reference.isBlank()) {
            throw new UsageException(
                    "name a run by its identifier or its name; launch/track list shows them");
        }
        List<RunView> runs = runs();
        return runs.stream()
                .filter(run -> run.id().equals(reference) || run.name().equals(reference))
                .findFirst()
                .or(
                        () ->
                                runs.stream()
                                        .filter(
                                                run ->
                                                        run.id().startsWith(reference)
                                                                || run.name().startsWith(reference))
                                        .findFirst())
                .orElseThrow(
                        () ->
                                new UsageException(
                                        uri
                                                + " has no run "
                                                + reference
                                                + "; launch/track list shows those it has"));
    }

    /** All points of a metric, sorted by step. */
    public List<Point> history(RunView run, String metric) {
        try {
            return store.history(run.id(), metric);
        } catch (UnavailableException | RefusedException e) {
            throw new FailedException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
