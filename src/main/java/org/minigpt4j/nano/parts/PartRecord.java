package org.minigpt4j.nano.parts;

import com.google.gson.JsonObject;

import org.minigpt4j.FailedException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;
import org.minigpt4j.track.store.RunStatus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Keeps what a part's training reports: in its folder's {@code log.jsonl}, and in tracking. */
public final class PartRecord implements PartListener, AutoCloseable {

    private static final String LOG = "log.jsonl";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path log;
    private final Optional<Tracker> tracker;

    private PartRecord(Path log, Optional<Tracker> tracker) {
        this.log = log;
        this.tracker = tracker;
    }

    /** Opens the record of the part that trains in {@code folder}, or continues with it. */
    public static PartRecord open(Path folder, Map<String, String> params) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
        TrackingEnvironment environment = TrackingEnvironment.ofProcess();
        String uri = TrackerSettings.uri(Optional.empty(), environment, folder);
        if (uri.equals(TrackerSettings.NONE)) {
            return new PartRecord(folder.resolve(LOG), Optional.empty());
        }
        TrackerSettings settings =
                new TrackerSettings(
                        uri,
                        "nano",
                        TrackerSettings.readableName(folder),
                        PATIENCE,
                        PATIENCE,
                        environment);
        Tracker tracker = Tracker.open(folder, settings, Optional.empty(), false);
        tracker.params(params);
        return new PartRecord(folder.resolve(LOG), Optional.of(tracker));
    }

    @Override
    public void report(Report report) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", report.loss());
        values.put("right", report.right());
        values.put("grad_norm", report.norm());
        values.put("lr", report.rate());
        JsonObject line = new JsonObject();
        line.addProperty("step", report.step());
        values.forEach(line::addProperty);
        try {
            Files.writeString(
                    log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new FailedException("%s cannot be written: %s".formatted(log, e.getMessage()), e);
        }
        tracker.ifPresent(to -> to.points(report.step(), values));
    }

    /** Says that the part is trained. */
    public void finished() {
        tracker.ifPresent(to -> to.end(RunStatus.FINISHED));
    }

    @Override
    public void close() {
        tracker.ifPresent(Tracker::close);
    }
}
