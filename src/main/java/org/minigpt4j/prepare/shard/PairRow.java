package org.minigpt4j.prepare.shard;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

import org.minigpt4j.prepare.plan.Candidate;

import java.util.Map;

/**
 * What became of a pair, in img2dataset's columns; those of the picture are null without one.
 *
 * @param key the shard's number and the pair's in it
 * @param error why there is no picture: a word for the cause, then perhaps a colon and more; null
 *     for a success
 * @param sha256 of the file as it came
 * @param perceptualHash of the picture, one of ours
 */
public record PairRow(
        String key,
        String url,
        String caption,
        Status status,
        String error,
        Integer width,
        Integer height,
        Integer originalWidth,
        Integer originalHeight,
        String exif,
        String sha256,
        Long perceptualHash) {

    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    /** The first three are img2dataset's. */
    public enum Status {
        SUCCESS,
        FAILED_TO_DOWNLOAD,
        FAILED_TO_RESIZE,
        /** A rule of ours did not want it. */
        FILTERED,
        /** A picture that is kept is the same. */
        DUPLICATE;

        /** As files write it. */
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        public static Status of(String word) {
            return valueOf(word.toUpperCase(java.util.Locale.ROOT));
        }
    }

    /** A pair without a picture. */
    public static PairRow without(String key, Candidate pair, Status status, String error) {
        return new PairRow(
                key,
                pair.url(),
                pair.caption(),
                status,
                error,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** The same pair, its picture not kept. */
    public PairRow dropped(Status why, String error) {
        return new PairRow(
                key,
                url,
                caption,
                why,
                error,
                width,
                height,
                originalWidth,
                originalHeight,
                exif,
                sha256,
                perceptualHash);
    }

    /** The same pair, its picture not kept since it equals one that came before it. */
    public PairRow seenBefore() {
        return dropped(Status.DUPLICATE, "duplicate: of a picture before it");
    }

    public boolean isSuccess() {
        return status == Status.SUCCESS;
    }

    /** What statistics count it under. */
    public String cause() {
        if (isSuccess()) {
            return "success";
        }
        int colon = error.indexOf(':');
        return colon < 0 ? error : error.substring(0, colon);
    }

    /** The {@code .json} in the tar: the row, then the list's other columns. */
    public String toJson(JsonObject extra) {
        JsonObject json = new JsonObject();
        json.addProperty("caption", caption);
        json.addProperty("url", url);
        json.addProperty("key", key);
        json.addProperty("status", status.word());
        json.add("error_message", text(error));
        json.addProperty("width", width);
        json.addProperty("height", height);
        json.addProperty("original_width", originalWidth);
        json.addProperty("original_height", originalHeight);
        json.add("exif", text(exif));
        json.add("sha256", text(sha256));
        json.addProperty("phash", perceptualHash);
        for (Map.Entry<String, JsonElement> column : extra.entrySet()) {
            if (!json.has(column.getKey())) {
                json.add(column.getKey(), column.getValue());
            }
        }
        return GSON.toJson(json);
    }

    private static JsonElement text(String text) {
        return text == null ? JsonNull.INSTANCE : new JsonPrimitive(text);
    }
}
