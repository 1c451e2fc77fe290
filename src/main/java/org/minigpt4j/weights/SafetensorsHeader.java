package org.minigpt4j.weights;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON at the head of a safetensors file: eight bytes of its length (little-endian), the JSON,
 * then the tensors' bytes without a gap. {@code {"KEY": {"dtype": "F16", "shape": [2, 3],
 * "data_offsets": [0, 12]}, ..., "__metadata__": {"format": "pt"}}}; offsets count from the end of
 * the header. Read as strictly as the original reader does.
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
    /** The original reader's bound on the JSON. */
    static final long LONGEST = 100_000_000;

    private static final String METADATA = "__metadata__";
    private static final int MOST_DIMENSIONS = 64;

    /** A tensor and where its bytes begin, counted from the end of the header. */
    public record Entry(TensorInfo info, long begin) {
        long end() {
            return begin + info.byteLength();
        }
    }

    /** Orders the tensors by their place in the file and checks that they fill it. */
    static SafetensorsHeader parse(String file, String json, long dataLength) {
        try (JsonReader reader = new JsonReader(new StringReader(json))) {
            reader.setStrictness(Strictness.STRICT);
            var entries = new ArrayList<Entry>();
            Map<String, String> metadata = Map.of();
            var seen = new HashSet<String>();
            reader.beginObject();
            while (reader.hasNext()) {
                String key = reader.nextName();
                if (!seen.add(key)) {
                    throw new UsageException(
                            file + ": the header names " + Printable.of(key) + " twice");
                }
                if (key.equals(METADATA)) {
                    metadata = metadata(file, reader);
                } else {
                    entries.add(entry(file, key, reader));
                }
            }
            reader.endObject();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new UsageException(file + ": text after the end of the header");
            }
            return new SafetensorsHeader(fill(file, entries, dataLength), metadata);
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new UsageException(
                    file
                            + ": the header is not the JSON of a safetensors file: "
                            + Printable.of(String.valueOf(e.getMessage())),
                    e);
        }
    }

    /** The JSON as it stands in a file. */
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

    private static Map<String, String> metadata(String file, JsonReader reader) throws IOException {
        var metadata = new LinkedHashMap<String, String>();
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (reader.peek() != JsonToken.STRING) {
                throw new UsageException(
                        file + ": " + METADATA + "." + Printable.of(name) + " is not a string");
            }
            if (metadata.put(name, reader.nextString()) != null) {
                throw new UsageException(
                        file + ": " + METADATA + " names " + Printable.of(name) + " twice");
            }
        }
        reader.endObject();
        return Collections.unmodifiableMap(metadata);
    }

    private static Entry entry(String file, String key, JsonReader reader) throws IOException {
        DType dtype = null;
        long[] shape = null;
        long[] offsets = null;
        reader.beginObject();
        while (reader.hasNext()) {
            String field = reader.nextName();
            if (field.equals("dtype") && dtype == null) {
                String name = reader.nextString();
                dtype =
                        DType.ofSafetensors(name)
                                .orElseThrow(
                                        () ->
                                                wrong(
                                                        file,
                                                        key,
                                                        "has the unknown dtype "
                                                                + Printable.of(name)));
            } else if (field.equals("shape") && shape == null) {
                shape = longs(file, key, reader);
            } else if (field.equals("data_offsets") && offsets == null) {
                offsets = longs(file, key, reader);
            } else {
                throw wrong(file, key, "has a surplus field " + Printable.of(field));
            }
        }
        reader.endObject();
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw wrong(file, key, "lacks its dtype, shape or pair of data_offsets");
        }
        TensorInfo info;
        try {
            info = new TensorInfo(key, dtype, shape);
        } catch (IllegalArgumentException e) {
            throw wrong(file, key, "has an impossible shape: " + e.getMessage());
        }
        if (offsets[0] < 0
                || offsets[1] < offsets[0]
                || offsets[1] - offsets[0] != info.byteLength()) {
            throw wrong(
                    file,
                    key,
                    "has data_offsets %d to %d, but %s takes %d bytes"
                            .formatted(
                                    offsets[0],
                                    offsets[1],
                                    info.dtype() + Arrays.toString(shape),
                                    info.byteLength()));
        }
        return new Entry(info, offsets[0]);
    }

    private static long[] longs(String file, String key, JsonReader reader) throws IOException {
        List<Long> values = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            if (reader.peek() != JsonToken.NUMBER || values.size() == MOST_DIMENSIONS) {
                throw wrong(file, key, "has a list that is no shape and no offsets");
            }
            values.add(Long.parseLong(reader.nextString()));
        }
        reader.endArray();
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static Map<String, Entry> fill(String file, List<Entry> entries, long dataLength) {
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        var ordered = new LinkedHashMap<String, Entry>();
        long end = 0;
        for (Entry entry : entries) {
            if (entry.begin != end) {
                String how = entry.begin < end ? "overlaps the tensor before it" : "leaves a gap";
                throw wrong(file, entry.info.key(), how + " at byte " + entry.begin);
            }
            end = entry.end();
            if (end > dataLength) {
                throw wrong(
                        file,
                        entry.info.key(),
                        "ends at byte %d, but the file holds %d: it is cut short"
                                .formatted(end, dataLength));
            }
            ordered.put(entry.info.key(), entry);
        }
        if (end != dataLength) {
            throw new UsageException(
                    "%s: %d bytes after the last tensor".formatted(file, dataLength - end));
        }
        return Collections.unmodifiableMap(ordered);
    }

    private static UsageException wrong(String file, String key, String what) {
        return new UsageException(file + ": tensor " + Printable.of(key) + " " + what);
    }
}
