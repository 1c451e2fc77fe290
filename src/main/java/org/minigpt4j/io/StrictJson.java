package org.minigpt4j.io;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses bytes as JSON, strictly by RFC 8259, with limits on depth and number of values. Of
 * duplicate keys the last one counts, as in Python. The encoding is that of the byte-order mark,
 * UTF-8 or UTF-16, or UTF-8 without one.
 */
final class StrictJson {

    /** Maximum nesting depth of lists and objects. */
    static final int DEEPEST = 100;

    /** Maximum number of values in a document; COCO's 600,000 captions are 3.4 million. */
    static final int MOST_VALUES = 5_000_000;

    private static final Pattern PLACE = Pattern.compile("at line (\\d+) column (\\d+) path (.*)$");
    private static final int AROUND = 24;

    private final String file;
    private final String text;
    private final JsonReader reader;
    private final int mostValues;
    private final boolean unique;
    private int values;

    private StrictJson(String file, String text, int mostValues, boolean unique) {
        this.file = file;
        this.text = text;
        this.mostValues = mostValues;
        this.unique = unique;
        this.reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(DEEPEST);
    }

    static JsonElement parse(String file, String text) {
        return parse(file, text, MOST_VALUES, false);
    }

    /** Parses text and refuses duplicate keys. */
    static JsonElement parseUnique(String file, String text) {
        return parse(file, text, MOST_VALUES, true);
    }

    static JsonElement parse(String file, String text, int mostValues, boolean unique) {
        StrictJson json = new StrictJson(file, text, mostValues, unique);
        try {
            JsonElement root = json.value();
            if (json.reader.peek() != JsonToken.END_DOCUMENT) {
                throw json.broken(null);
            }
            return root;
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw json.broken(e);
        }
    }

    /** Decodes a file by its byte-order mark, or as UTF-8 if there is none. */
    static String decode(String file, byte[] bytes) {
        Charset charset = StandardCharsets.UTF_8;
        int mark = 0;
        if (begins(bytes, 0xEF, 0xBB, 0xBF)) {
            mark = 3;
        } else if (begins(bytes, 0xFF, 0xFE)) {
            charset = StandardCharsets.UTF_16LE;
            mark = 2;
        } else if (begins(bytes, 0xFE, 0xFF)) {
            charset = StandardCharsets.UTF_16BE;
            mark = 2;
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, mark, bytes.length - mark);
        try {
            return charset.newDecoder().decode(rest).toString();
        } catch (CharacterCodingException e) {
            throw new UsageException(
                    "%s: not valid %s at byte %s; save it as UTF-8"
                            .formatted(file, charset, Integer.toString(rest.position())),
                    e);
        }
    }

    private static boolean begins(byte[] bytes, int... mark) {
        for (int i = 0; i < mark.length; i++) {
            if (bytes.length <= i || (bytes[i] & 0xFF) != mark[i]) {
                return false;
            }
        }
        return true;
    }

    private JsonElement value() throws IOException {
        if (++values > mostValues) {
            throw new UsageException(
                    "%s: has more than %s values, which is too many"
                            .formatted(file, Integer.toString(mostValues)));
        }
        switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                JsonObject object = new JsonObject();
                reader.beginObject();
                while (reader.hasNext()) {
                    String name = reader.nextName();
                    if (unique && object.has(name)) {
                        throw new UsageException(
                                "%s names %s twice".formatted(file, ForeignJson.shown(name)));
                    }
                    object.add(name, value());
                }
                reader.endObject();
                return object;
            }
            case BEGIN_ARRAY -> {
                JsonArray array = new JsonArray();
                reader.beginArray();
                while (reader.hasNext()) {
                    array.add(value());
                }
                reader.endArray();
                return array;
            }
            case STRING -> {
                return new JsonPrimitive(reader.nextString());
            }
            case NUMBER -> {
                return new JsonPrimitive(ToNumberPolicy.LAZILY_PARSED_NUMBER.readNumber(reader));
            }
            case BOOLEAN -> {
                return new JsonPrimitive(reader.nextBoolean());
            }
            default -> {
                reader.nextNull();
                return JsonNull.INSTANCE;
            }
        }
    }

    /**
     * Gson's messages are for programmers; this keeps only the position and shows the text there.
     */
    private UsageException broken(Exception cause) {
        if (text.isBlank()) {
            return new UsageException(file + " is empty, but must be JSON", cause);
        }
        Matcher place = PLACE.matcher(reader.toString());
        if (!place.find()) {
            return new UsageException(file + " is not JSON", cause);
        }
        if (cause != null && String.valueOf(cause.getMessage()).startsWith("Nesting limit")) {
            return new UsageException(
                    "%s: lists and objects are nested more than %s deep at line %s, column %s"
                            .formatted(
                                    file,
                                    Integer.toString(DEEPEST),
                                    place.group(1),
                                    place.group(2)),
                    cause);
        }
        String path = place.group(3).replaceFirst("^\\$\\.?", "");
        String near = near(Integer.parseInt(place.group(1)), Integer.parseInt(place.group(2)));
        return new UsageException(
                "%s: not valid JSON at line %s, column %s%s, near: %s"
                        .formatted(
                                file,
                                place.group(1),
                                place.group(2),
                                path.isEmpty() ? "" : " (%s)".formatted(ForeignJson.shown(path)),
                                ForeignJson.shown(near)),
                cause);
    }

    /** The text around a position, within its line. */
    private String near(int line, int column) {
        int begin = 0;
        for (int i = 1; i < line; i++) {
            begin = text.indexOf('\n', begin) + 1;
        }
        int newline = text.indexOf('\n', begin);
        int end = newline < 0 ? text.length() : newline;
        int at = Math.min(begin + column - 1, end);
        String after = newline < 0 && at + AROUND >= end ? " (end of file)" : "";
        return text.substring(Math.max(begin, at - AROUND), Math.min(end, at + AROUND)).strip()
                + after;
    }
}
