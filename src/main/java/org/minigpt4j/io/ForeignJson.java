package org.minigpt4j.io;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A value in a JSON document that somebody else wrote, together with its place. Every reader checks
 * the type and the bounds and throws a {@link UsageException} that names the file, the place, what
 * stood there and what was wanted: {@code config.json: hidden_size is "big", but must be a whole
 * number from 1 to 1000000}. A null counts as missing. Nothing here throws a NullPointerException
 * or ClassCastException, whatever the document holds.
 */
public final class ForeignJson {

    /** Enough for COCO's captions (92 MB) and the largest tokenizers. */
    public static final long LONGEST = 256L << 20;

    private static final int LONGEST_SHOWN = 120;

    /** Digits of a number that is looked at; longer ones are nobody's sizes or ids. */
    private static final int MOST_DIGITS = 400;

    private static final long LARGEST_EXPONENT = 400;
    private static final Pattern PLAIN_KEY = Pattern.compile("[\\w@:/+-]+");

    private final String file;
    private final ForeignJson parent;
    private final Object step;
    private final JsonElement value;

    private ForeignJson(String file, ForeignJson parent, Object step, JsonElement value) {
        this.file = file;
        this.parent = parent;
        this.step = step;
        this.value = value;
    }

    /** Reads a file of at most {@link #LONGEST} bytes. */
    public static ForeignJson read(Path file) {
        return read(file, LONGEST);
    }

    /**
     * Reads a file.
     *
     * @param mostBytes a longer file is refused before it is read
     * @throws UsageException if it is not there, too long or not JSON
     */
    public static ForeignJson read(Path file, long mostBytes) {
        try (InputStream in = Files.newInputStream(file)) {
            long size = Files.size(file);
            int bound = Math.toIntExact(Math.min(mostBytes, Integer.MAX_VALUE - 16));
            byte[] bytes = size > bound ? new byte[0] : in.readNBytes(bound + 1);
            if (size > bound || bytes.length > bound) {
                throw new UsageException(
                        "%s is longer than %s bytes, too long for what it should be"
                                .formatted(file, Integer.toString(bound)));
            }
            return parse(file.toString(), bytes);
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        }
    }

    /** Parses bytes in UTF-8, or as their byte-order mark says; {@code file} is for messages. */
    public static ForeignJson parse(String file, byte[] bytes) {
        return parse(file, StrictJson.decode(file, bytes));
    }

    /** Parses text; {@code file} is for messages. */
    public static ForeignJson parse(String file, String text) {
        return new ForeignJson(file, null, null, StrictJson.parse(file, text));
    }

    /** A value that a reader of long files has parsed; {@code file} is for messages. */
    public static ForeignJson of(String file, JsonElement value) {
        return new ForeignJson(file, null, null, value);
    }

    /** As {@link #parse(String, String)}; a key that stands twice in an object is an error. */
    public static ForeignJson parseUnique(String file, String text) {
        return new ForeignJson(file, null, null, StrictJson.parseUnique(file, text));
    }

    /** An object without members, for a file that need not be there. */
    public static ForeignJson empty(String file) {
        return new ForeignJson(file, null, null, new JsonObject());
    }

    /** Whether something stands here; null counts as nothing. */
    public boolean isPresent() {
        return value != null && !value.isJsonNull();
    }

    /** Whether this is an object. */
    public boolean isObject() {
        return value instanceof JsonObject;
    }

    /** Whether this is a list. */
    public boolean isList() {
        return value instanceof JsonArray;
    }

    /** Whether this is text. */
    public boolean isText() {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    /** Whether this is a number. */
    public boolean isNumber() {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }

    /** Whether this is true or false. */
    public boolean isBoolean() {
        return value instanceof JsonPrimitive primitive && primitive.isBoolean();
    }

    /** The member of this object, or a value that is not present. */
    public ForeignJson at(String key) {
        if (!(value instanceof JsonObject object)) {
            throw wrong("an object");
        }
        return new ForeignJson(file, this, key, object.get(key));
    }

    /** The members of this object in their order. */
    public Map<String, ForeignJson> members() {
        if (!(value instanceof JsonObject object)) {
            throw wrong("an object");
        }
        Map<String, ForeignJson> members = new LinkedHashMap<>();
        object.entrySet()
                .forEach(
                        member ->
                                members.put(
                                        member.getKey(),
                                        new ForeignJson(
                                                file, this, member.getKey(), member.getValue())));
        return members;
    }

    /** The elements of this list. */
    public List<ForeignJson> elements() {
        if (!(value instanceof JsonArray array)) {
            throw wrong("a list");
        }
        List<ForeignJson> elements = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            elements.add(new ForeignJson(file, this, i, array.get(i)));
        }
        return elements;
    }

    /** This text. */
    public String text() {
        if (!isText()) {
            throw wrong("text");
        }
        return value.getAsString();
    }

    /** This text; empty if nothing stands here, an error if it is anything else. */
    public Optional<String> optionalText() {
        return isPresent() ? Optional.of(text()) : Optional.empty();
    }

    /**
     * A name that is text or a whole number, as text: {@code 7}, {@code 7.0} and {@code "7"} are
     * the same, and no number is too long.
     */
    public String id() {
        if (isText()) {
            return value.getAsString();
        }
        BigDecimal number = decimal().orElseThrow(() -> wrong("text or a whole number"));
        if (number.stripTrailingZeros().scale() > 0) {
            throw wrong("text or a whole number");
        }
        return number.toBigInteger().toString();
    }

    /** This whole number; {@code 7.0} and {@code 7e0} are whole too. */
    public int integer(int least, int most) {
        return (int) longInteger(least, most);
    }

    /** The same, {@code otherwise} if nothing stands here. */
    public int integer(int least, int most, int otherwise) {
        return isPresent() ? integer(least, most) : otherwise;
    }

    /** This whole number. */
    public long longInteger(long least, long most) {
        return decimal()
                .filter(number -> number.stripTrailingZeros().scale() <= 0)
                .filter(number -> isWithin(number, least, most))
                .orElseThrow(
                        () ->
                                wrong(
                                        most == Long.MAX_VALUE
                                                ? "a whole number from %s on"
                                                        .formatted(Long.toString(least))
                                                : "a whole number from %s to %s"
                                                        .formatted(
                                                                Long.toString(least),
                                                                Long.toString(most))))
                .longValueExact();
    }

    private static boolean isWithin(BigDecimal number, long least, long most) {
        return number.compareTo(BigDecimal.valueOf(least)) >= 0
                && number.compareTo(BigDecimal.valueOf(most)) <= 0;
    }

    /** This number, always finite. */
    public double number(double least, double most) {
        return decimal()
                .map(BigDecimal::doubleValue)
                .filter(number -> number >= least && number <= most)
                .orElseThrow(
                        () ->
                                wrong(
                                        "a number from %s to %s"
                                                .formatted(
                                                        Double.toString(least),
                                                        Double.toString(most))));
    }

    /** The same, {@code otherwise} if nothing stands here. */
    public double number(double least, double most, double otherwise) {
        return isPresent() ? number(least, most) : otherwise;
    }

    /** This true or false, {@code otherwise} if nothing stands here. */
    public boolean truth(boolean otherwise) {
        if (!isPresent()) {
            return otherwise;
        }
        if (!isBoolean()) {
            throw wrong("true or false");
        }
        return value.getAsBoolean();
    }

    /** The number, if this is one of a length that can be meant. */
    private Optional<BigDecimal> decimal() {
        if (!isNumber() || value.getAsString().length() > MOST_DIGITS) {
            return Optional.empty();
        }
        try {
            BigDecimal number = new BigDecimal(value.getAsString());
            boolean sensible = Math.abs((long) number.scale()) <= LARGEST_EXPONENT;
            return sensible ? Optional.of(number) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** A copy of this object, to be changed and written again. */
    public JsonObject copyObject() {
        if (!(value instanceof JsonObject object)) {
            throw wrong("an object");
        }
        return object.deepCopy();
    }

    /** The error for what stands here: {@code FILE: PLACE is FOUND, but must be WANTED}. */
    public UsageException wrong(String wanted) {
        return new UsageException(
                parent == null
                        ? "%s holds %s, but must hold %s".formatted(file, found(), wanted)
                        : "%s: %s is %s, but must be %s".formatted(file, place(), found(), wanted));
    }

    /** The key of this value in its object. */
    public String key() {
        return String.valueOf(step);
    }

    /** The document's name, as it was given. */
    public String file() {
        return file;
    }

    /** Where in its document this stands: {@code annotations[3].caption}; empty for the whole. */
    public String place() {
        StringBuilder place = new StringBuilder();
        for (ForeignJson at = this; at.parent != null; at = at.parent) {
            place.insert(0, at.stepText(at.parent.parent == null));
        }
        return place.toString();
    }

    private String stepText(boolean first) {
        if (step instanceof String key && PLAIN_KEY.matcher(key).matches()) {
            return (first ? "" : ".") + shown(key);
        }
        return step instanceof String key ? "[\"%s\"]".formatted(shown(key)) : "[" + step + "]";
    }

    /** What stands here, short enough for a message: {@code a list of 3}, {@code "silu"}. */
    public String found() {
        if (value instanceof JsonObject) {
            return "an object";
        }
        if (value instanceof JsonArray array) {
            return "a list of " + Integer.toString(array.size());
        }
        if (isText()) {
            return "the text \"%s\"".formatted(shown(value.getAsString()));
        }
        return value == null ? "missing" : isPresent() ? shown(value.getAsString()) : "null";
    }

    static String shown(String text) {
        return ForeignText.line(text, LONGEST_SHOWN);
    }
}
