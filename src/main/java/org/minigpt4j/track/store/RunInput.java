package org.minigpt4j.track.store;

import com.google.gson.JsonObject;

import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A data set that a run reads, shown by MLflow among the run's inputs. MLflow treats data sets with
 * the same name and digest as one.
 *
 * @param name display name, at most 500 characters
 * @param digest distinguishes versions of the data set, at most 36 characters
 * @param sourceType the kind of storage, such as {@code local} or {@code s3}
 * @param source the location, as the JSON that MLflow stores for this kind
 * @param schema its columns, as the JSON of MLflow's column specification
 * @param context its purpose, such as {@code training}
 */
public record RunInput(
        String name,
        String digest,
        String sourceType,
        String source,
        String schema,
        String context) {

    /** The tag with the purpose of an input. */
    static final String CONTEXT_TAG = "mlflow.data.context";

    /** Whether no component is null. */
    public boolean isWhole() {
        return Stream.of(name, digest, sourceType, source, schema, context)
                .allMatch(Objects::nonNull);
    }

    /**
     * Creates a data set at a folder, a file, a range of files, or a URI.
     *
     * @param place the location; {@code s3a:} becomes MLflow's {@code s3}
     */
    public static RunInput at(
            String place, String name, String digest, String schema, String context) {
        int scheme = place.indexOf("://");
        String type = scheme < 0 ? "local" : place.substring(0, scheme).toLowerCase(Locale.ROOT);
        JsonObject source = new JsonObject();
        source.addProperty("uri", place);
        return new RunInput(
                name, digest, type.equals("s3a") ? "s3" : type, source.toString(), schema, context);
    }
}
