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
 * A value in a JSON document from an untrusted source, together with its place. Every getter checks
 * type and bounds and throws a {@link UsageException} that names the file, the place, the value
 * found and the value expected: {@code config.json: hidden_size is "big", but must be a whole
 * number from 1 to 1000000}. A null counts as missing. Nothing here throws a NullPointerException
 * or ClassCastException, whatever the document contains.
 */
public final class ForeignJson {

    /** Maximum size in bytes: enough for COCO's captions (92 MB) and the largest tokenizers. */
    public static final long LONGEST = 256L << 20;

    private static final int LONGEST_SHOWN = 120;

    /** Maximum digits of a number; no size or id is longer. */
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
     * @param mostBytes a larger file is refused before it is read
     * @throws UsageException if it does not exist, is too large or is not JSON
     */
    public static ForeignJson read(Path file, long mostBytes) {
        try (InputStream in = Files.newInputStream(file)) {
            long size = Files.size(file);
            int bound = Math.toIntExact(Math.min(mostBytes, Integer.MAX_VALUE - 16));
            byte[] bytes = size > bound ? new byte[0] : in.readNBytes(bound + 1);
            if (size > bound || bytes.length > bound) {
                throw new UsageException(
                        "%s is larger than %s bytes, too large for a file of this kind"
                                .formatted(file, Integer.toString(bound)));
            }
            return parse(file.toString(), bytes);
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        }
    }

    /**
     * Parses bytes in UTF-8, or in the encoding of their byte-order mark; {@code file} is for
     * messages.
     */
    public static ForeignJson parse(String file, byte[] bytes) {
        return parse(file, StrictJson.decode(file, bytes));
    }

    /** Parses text; {@code file} is for messages. */
    public static ForeignJson parse(String file, String text) {
        return new ForeignJson(file, null, null, StrictJson.parse(file, text));
    }

    /** Wraps a value that was parsed elsewhere; {@code file} is for messages. */
    public static ForeignJson of(String file, JsonElement value) {
        return new ForeignJson(file, null, null, value);
    }

    /** Like {@link #parse(String, String)}, but a duplicate key in an object is an error. */
    public static ForeignJson parseUnique(String file, String text) {
        return new ForeignJson(file, null, null, StrictJson.parseUnique(file, text));
    }

    /** An empty object, for an optional file that is missing. */
    public static ForeignJson empty(String file) {
        return new ForeignJson(file, null, null, new JsonObject());
    }

    /** Whether there is a value; null counts as none. */
    public boolean isPresent() {
        return value != null && !value.isJsonNull();
    }

    /** True for an object. */
    public boolean isObject() {
        return value instanceof JsonObject;
    }

    /** True for a list. */
    public boolean isList() {
        return value instanceof JsonArray;
    }

    /** True for text. */
    public boolean isText() {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    /** True for a number. */
    public boolean isNumber() {
        return value instanceof JsonPrimitive primitive && primitive.isNumber();
    }

    /** True for true or false. */
    public boolean isBoolean() {
        return value instanceof JsonPrimitive primitive && primitive.isBoolean();
    }

    /**
     * The member with this key; if it is missing, a value for which {@link #isPresent} is false.
     */
    public ForeignJson at(String key) {
        if (!(value instanceof JsonObject object)) {
            throw wrong("an object");
        }
        return new ForeignJson(file, this, key, object.get(key));
    }

    /** The members of this object, in order. */
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

    /** The value as text. */
    public String text() {
        if (!isText()) {
            throw wrong("text");
        }
        return value.getAsString();
    }

    /** The value as text; empty if it is missing. Any other type is an error. */
    public Optional<String> optionalText() {
        return isPresent() ? Optional.of(text()) : Optional.empty();
    }

    /**
     * An id that is text or an integer, as text: {@code 7}, {@code 7.0} and {@code "7"} are equal.
     * Integers of any length are accepted.
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

    /** The value as an integer; {@code 7.0} and {@code 7e0} are integers too. */
    public int integer(int least, int most) {
        return (int) longInteger(least, most);
    }

    /** The value as an integer; {@code otherwise} if it is missing. */
    public int integer(int least, int most, int otherwise) {
        return isPresent() ? integer(least, most) : otherwise;
    }

    /** The value as a long integer. */
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

    /** The value as a finite number. */
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

    /** The value as a finite number; {@code otherwise} if it is missing. */
    public double number(double least, double most, double otherwise) {
        return isPresent() ? number(least, most) : otherwise;
    }

    /** The value as a boolean; {@code otherwise} if it is missing. */
    public boolean truth(boolean otherwise) {
        if (!isPresent()) {
            return otherwise;
        }
        if (!isBoolean()) {
            throw wrong("true or false");
        }
        return value.getAsBoolean();
    }

    /** The number; empty if this is not a number, or has far too many digits. */
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

    /** A copy of this object that may be modified and written. */
    public JsonObject copyObject() {
        if (!(value instanceof JsonObject object)) {
            throw wrong("an object");
        }
        return object.deepCopy();
    }

    /** The exception for this value: {@code FILE: PLACE is FOUND, but must be WANTED}. */
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

    /** The document's name, as passed in. */
    public String file() {
        return file;
    }

    /** The place in the document: {@code annotations[3].caption}; empty for the root. */
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

    /** A short description of the value for a message: {@code a list of 3}, {@code "silu"}. */
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
