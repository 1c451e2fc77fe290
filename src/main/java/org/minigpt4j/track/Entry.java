package org.minigpt4j.track;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;

import org.minigpt4j.track.store.RunInput;
import org.minigpt4j.track.store.RunStatus;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A piece of a run's record, stored as one line of the spool. */
public sealed interface Entry {

    Gson GSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().disableHtmlEscaping().create();

    /** Values of several metrics at one step. */
    record Points(long timestamp, long step, Map<String, Double> values) implements Entry {}

    /** Parameters, at most as many as a store accepts in one call. */
    record Params(Map<String, String> values) implements Entry {}

    /** Tags, at most as many as a store accepts in one call. */
    record Tags(Map<String, String> values) implements Entry {}

    /** Data sets that the run reads. */
    record Inputs(List<RunInput> inputs) implements Entry {}

    /** A file for the artifacts; it is read when it is sent. */
    record Artifact(String path, String file) implements Entry {}

    /** The status of the run. */
    record Status(RunStatus status, long time) implements Entry {}

    /** An artifact to register as a new version of a model. */
    record Model(String name, String artifact, Map<String, String> tags) implements Entry {}

    /** The kinds of entries; the name is the first word of an entry's line. */
    enum Kind {
        POINTS(Points.class),
        PARAMS(Params.class),
        TAGS(Tags.class),
        INPUTS(Inputs.class),
        ARTIFACT(Artifact.class),
        STATUS(Status.class),
        MODEL(Model.class);

        private final Class<? extends Entry> type;

        Kind(Class<? extends Entry> type) {
            this.type = type;
        }

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The entry as one line, without the line end. */
    default String line() {
        for (Kind kind : Kind.values()) {
            if (kind.type.isInstance(this)) {
                return kind.word() + " " + GSON.toJson(this);
            }
        }
        throw new IllegalStateException("no kind for " + this);
    }

    /**
     * Parses a line written by {@link #line}.
     *
     * @throws JsonParseException if the line is invalid; IllegalArgumentException and
     *     IndexOutOfBoundsException are possible as well
     */
    static Entry parse(String line) {
        int space = line.indexOf(' ');
        Kind kind = Kind.valueOf(line.substring(0, space).toUpperCase(Locale.ROOT));
        Entry entry = GSON.fromJson(line.substring(space + 1), kind.type);
        if (entry == null || !entry.isWhole()) {
            throw new JsonParseException("a field is missing");
        }
        return entry;
    }

    /** Whether no component is null, as one missing in the line would be. */
    private boolean isWhole() {
        if (this instanceof Points points) {
            return isWhole(points.values());
        } else if (this instanceof Params params) {
            return isWhole(params.values());
        } else if (this instanceof Tags tags) {
            return isWhole(tags.values());
        } else if (this instanceof Inputs inputs) {
            return inputs.inputs() != null
                    && inputs.inputs().stream().allMatch(input -> input != null && input.isWhole());
        } else if (this instanceof Artifact artifact) {
            return artifact.path() != null && artifact.file() != null;
        } else if (this instanceof Status status) {
            return status.status() != null;
        } else {
            return this instanceof Model model
                    && model.name() != null
                    && model.artifact() != null
                    && isWhole(model.tags());
        }
    }

    private static boolean isWhole(Map<String, ?> values) {
        return values != null
                && values.entrySet().stream()
                        .allMatch(pair -> pair.getKey() != null && pair.getValue() != null);
    }
}
