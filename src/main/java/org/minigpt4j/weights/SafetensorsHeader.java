package org.minigpt4j.weights;

import com.google.gson.stream.JsonWriter;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The header of a safetensors file. The file begins with eight bytes for the header's length
 * (little-endian), then comes the JSON header, then the tensors' bytes without gaps. {@code {"KEY":
 * {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}, ..., "__metadata__": {"format":
 * "pt"}}}; offsets count from the end of the header. Parsing is as strict as in the original
 * reader, except that a tensor of an unknown type is only set aside.
 */
record SafetensorsHeader(
        Map<String, Entry> entries, Map<String, String> unread, Map<String, String> metadata) {
    /** The original reader's limit for the JSON, in bytes. */
    static final long LONGEST = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final int MOST_DIMENSIONS = 64;
    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

    /** A tensor and the offset of its first byte, counted from the end of the header. */
    public record Entry(TensorInfo info, long begin) {
        long end() {
            return begin + info.byteLength();
        }
    }

    /** The range of the file that a tensor of any type fills. */
    private record Stretch(String key, long begin, long end) {}

    /** Parses the header, sorts the tensors by offset and checks that they fill the file. */
    static SafetensorsHeader parse(String file, String json, long dataLength) {
        String name = file + ": the header";
        ForeignJson root = ForeignJson.parseUnique(name, json);
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> unread = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Stretch> stretches = new ArrayList<>();
        root.members()
                .forEach(
                        (key, value) -> {
                            if (key.equals(METADATA)) {
                                metadata.putAll(metadata(value));
                            } else {
                                stretches.add(tensor(file, key, value, entries, unread));
                            }
                        });
        Map<String, Entry> ordered = new LinkedHashMap<>();
        for (Stretch stretch : fill(file, stretches, dataLength)) {
            if (entries.containsKey(stretch.key)) {
                ordered.put(stretch.key, entries.get(stretch.key));
            }
        }
        return new SafetensorsHeader(
                Collections.unmodifiableMap(ordered),
                Collections.unmodifiableMap(unread),
                Collections.unmodifiableMap(metadata));
    }

    /** The JSON as in the file. */
    String json() {
        var text = new StringWriter();
        try (JsonWriter writer = new JsonWriter(text)) {
            writer.beginObject();
            if (!metadata.isEmpty()) {
                writer.name(METADATA).beginObject();
                for (var item : metadata.entrySet()) {
                    writer.name(item.getKey()).value(item.getValue());
                }
                writer.endObject();
            }
            for (Entry entry : entries.values()) {
                writer.name(entry.info.key()).beginObject();
                writer.name("dtype").value(entry.info.dtype().name());
                writer.name("shape").beginArray();
                for (long size : entry.info.shape()) {
                    writer.value(size);
                }
                writer.endArray();
                writer.name("data_offsets").beginArray();
                writer.value(entry.begin).value(entry.end()).endArray();
                writer.endObject();
            }
            writer.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static Map<String, String> metadata(ForeignJson json) {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (json.isPresent()) {
            json.members().forEach((name, value) -> metadata.put(name, value.text()));
        }
        return metadata;
    }

    /** Adds a tensor to the entries, or to the unread ones if its type is unknown. */
    private static Stretch tensor(
            String file,
            String key,
            ForeignJson json,
            Map<String, Entry> entries,
            Map<String, String> unread) {
        for (String field : json.members().keySet()) {
            if (!FIELDS.contains(field)) {
                throw wrong(file, key, "has an unknown field " + ForeignText.line(field));
            }
        }
        String type = json.at("dtype").text();
        long[] shape = longs(json.at("shape"), MOST_DIMENSIONS);
        long[] offsets = longs(json.at("data_offsets"), 2);
        if (offsets.length != 2 || offsets[1] < offsets[0]) {
            throw json.at("data_offsets").wrong("a begin and an end");
        }
        Optional<DType> dtype = DType.ofSafetensors(type);
        if (dtype.isEmpty()) {
            unread.put(key, ForeignText.line(type) + " " + Arrays.toString(shape));
            return new Stretch(key, offsets[0], offsets[1]);
        }
        TensorInfo info;
        try {
            info = new TensorInfo(key, dtype.get(), shape);
        } catch (IllegalArgumentException e) {
            throw wrong(file, key, "has an impossible shape: " + e.getMessage());
        }
        if (offsets[1] - offsets[0] != info.byteLength()) {
            throw wrong(
                    file,
                    key,
                    "has data_offsets %s, but %s takes %s bytes"
                            .formatted(
                                    Arrays.toString(offsets),
                                    info.dtype() + Arrays.toString(shape),
                                    Long.toString(info.byteLength())));
        }
        entries.put(key, new Entry(info, offsets[0]));
        return new Stretch(key, offsets[0], offsets[1]);
    }

    private static long[] longs(ForeignJson list, int most) {
        List<ForeignJson> elements = list.elements();
        if (elements.size() > most) {
            throw list.wrong("a list of at most " + most);
        }
        return elements.stream().mapToLong(size -> size.longInteger(0, Long.MAX_VALUE)).toArray();
    }

    private static List<Stretch> fill(String file, List<Stretch> stretches, long dataLength) {
        stretches.sort(Comparator.comparingLong(Stretch::begin).thenComparingLong(Stretch::end));
        long end = 0;
        for (Stretch stretch : stretches) {
            if (stretch.begin != end) {
                String how = stretch.begin < end ? "overlaps the tensor before it" : "leaves a gap";
                throw wrong(file, stretch.key, how + " at byte " + stretch.begin);
            }
            end = stretch.end;
            if (end > dataLength) {
                throw wrong(
                        file,
                        stretch.key,
                        "ends at byte %s, but the file holds %s: it is cut short"
                                .formatted(Long.toString(end), Long.toString(dataLength)));
            }
        }
        if (end != dataLength) {
            throw new UsageException(
                    "%s: %s bytes after the last tensor"
                            .formatted(file, Long.toString(dataLength - end)));
        }
        return stretches;
    }

    private static UsageException wrong(String file, String key, String what) {
        return new UsageException(file + ": tensor " + ForeignText.line(key) + " " + what);
    }
}
