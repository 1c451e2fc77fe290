package org.minigpt4j.track.store;

import com.google.gson.JsonObject;

import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A data set that a run reads, as MLflow shows it among the run's inputs. What has the same name
 * and digest is one data set to MLflow.
 *
 * @param name for people, at most 500 characters
 * @param digest distinguishes its versions, at most 36 characters
 * @param sourceType the kind of storage, such as {@code local} or {@code s3}
 * @param source the place, as the JSON that MLflow keeps for this kind
 * @param schema its columns, as the JSON of MLflow's column specification
 * @param context what it is read for, such as {@code training}
 */
public record RunInput(
        String name,
        String digest,
        String sourceType,
        String source,
        String schema,
        String context) {

    /** The tag of an input that says what it is read for. */
    static final String CONTEXT_TAG = "mlflow.data.context";

    /** Whether it has all of its texts. */
    public boolean isWhole() {
        return Stream.of(name, digest, sourceType, source, schema, context)
                .allMatch(Objects::nonNull);
    }

    /**
     * A data set in a folder, a file, a range of them, or at a URI.
     *
     * @param place what the source names; {@code s3a:} is S3 to MLflow too
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
