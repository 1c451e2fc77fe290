package org.minigpt4j.eval.file;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.ReadFailure;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the entries of the lists in a JSON file one by one, so that files of any length can be
 * read: VQAv2's answers are ten million values. Error messages name the file and the entry.
 */
final class JsonEntries {

    private static final TypeAdapter<JsonElement> ANY = new Gson().getAdapter(JsonElement.class);
    private static final Pattern PLACE = Pattern.compile("at line (\\d+) column (\\d+)");
    private static final int DEEPEST = 100;
    private static final String WHOLE = "";

    private final Path file;
    private final Map<String, Consumer<ForeignJson>> lists = new LinkedHashMap<>();
    private final Set<String> seen = new HashSet<>();

    private JsonEntries(Path file) {
        this.file = file;
    }

    /** Starts reading a file that is an object; {@link #list} says what to do with its lists. */
    static JsonEntries in(Path file) {
        return new JsonEntries(file);
    }

    /** Reads a file that is a list. */
    static void read(Path file, Consumer<ForeignJson> each) {
        in(file).list(WHOLE, each).read();
    }

    /** Passes each entry of the list {@code name} to {@code each}. */
    JsonEntries list(String name, Consumer<ForeignJson> each) {
        lists.put(name, each);
        return this;
    }

    /**
     * Reads the file.
     *
     * @return the requested lists that the file contains
     * @throws UsageException if the file is not JSON or has another structure
     */
    Set<String> read() {
        try (JsonReader reader =
                new JsonReader(
                        new InputStreamReader(
                                Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()))) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(DEEPEST);
            try {
                document(reader);
            } catch (CharacterCodingException e) {
                throw new UsageException("%s is not in UTF-8; save it as UTF-8".formatted(file), e);
            } catch (IOException | IllegalStateException | JsonParseException e) {
                // Gson throws this when the text ends early, too.
                if (e instanceof IOException
                        && !(e instanceof EOFException)
                        && !e.getClass().getName().contains("gson")) {
                    throw e;
                }
                throw broken(reader, e);
            }
            return seen;
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        }
    }

    private void document(JsonReader reader) throws IOException {
        boolean whole = lists.containsKey(WHOLE);
        JsonToken wanted = whole ? JsonToken.BEGIN_ARRAY : JsonToken.BEGIN_OBJECT;
        JsonToken found = reader.peek();
        if (found != wanted) {
            throw new UsageException(
                    "%s holds %s, but must hold %s"
                            .formatted(
                                    file,
                                    name(found),
                                    whole ? "a list" : "an object with " + quoted()));
        }
        if (whole) {
            entries(reader, WHOLE);
        } else {
            reader.beginObject();
            while (reader.hasNext()) {
                String name = reader.nextName();
                if (!lists.containsKey(name)) {
                    reader.skipValue();
                } else if (!seen.add(name)) {
                    throw new UsageException("%s has two lists \"%s\"".formatted(file, name));
                } else if (reader.peek() != JsonToken.BEGIN_ARRAY) {
                    throw new UsageException(
                            "%s: %s is %s, but must be a list"
                                    .formatted(file, name, name(reader.peek())));
                } else {
                    entries(reader, name);
                }
            }
            reader.endObject();
        }
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw new JsonParseException("extra text after the end");
        }
    }

    private void entries(JsonReader reader, String list) throws IOException {
        Consumer<ForeignJson> each = lists.get(list);
        reader.beginArray();
        for (int i = 0; reader.hasNext(); i++) {
            String place = file + " " + list + "[" + i + "]";
            ForeignJson entry = ForeignJson.of(place, ANY.read(reader));
            if (!entry.isObject()) {
                throw entry.wrong("an object");
            }
            each.accept(entry);
        }
        reader.endArray();
    }

    private UsageException broken(JsonReader reader, Exception cause) {
        Matcher place = PLACE.matcher(String.valueOf(cause.getMessage()));
        return new UsageException(
                "%s: not valid JSON%s (%s)"
                        .formatted(
                                file,
                                place.find()
                                        ? " at line %s, column %s"
                                                .formatted(place.group(1), place.group(2))
                                        : "",
                                ForeignText.line(reader.getPath(), 80)),
                cause);
    }

    private String quoted() {
        return "the list \"" + lists.keySet().iterator().next() + "\"";
    }

    private static String name(JsonToken token) {
        return switch (token) {
            case BEGIN_ARRAY -> "a list";
            case BEGIN_OBJECT -> "an object";
            case STRING -> "text";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            default -> "nothing";
        };
    }
}
