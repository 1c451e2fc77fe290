package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** One safetensors file, see {@link SafetensorsHeader}. */
final class SafetensorsFile implements TensorSource {
    private final MappedFile file;
    private final SafetensorsHeader header;
    private final long dataBegin;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private SafetensorsFile(MappedFile file, SafetensorsHeader header, long dataBegin) {
        this.file = file;
        this.header = header;
        this.dataBegin = dataBegin;
        header.entries().forEach((key, entry) -> tensors.put(key, entry.info()));
    }

    /** Takes ownership of {@code file}, and closes it if the header is invalid. */
    static SafetensorsFile open(MappedFile file) {
        try {
            long length = headerLength(file);
            String json = utf8(file, file.region(Long.BYTES, length, 1));
            long dataBegin = Long.BYTES + length;
            var header =
                    SafetensorsHeader.parse(file.path().toString(), json, file.size() - dataBegin);
            return new SafetensorsFile(file, header, dataBegin);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static long headerLength(MappedFile file) {
        if (file.size() < Long.BYTES) {
            throw new UsageException(
                    "%s: not a safetensors file: it has only %d bytes"
                            .formatted(file.path(), file.size()));
        }
        long length = file.region(0, Long.BYTES, Long.BYTES).getLong();
        if (length < 2 || length > SafetensorsHeader.LONGEST) {
            throw new UsageException(
                    "%s: not a safetensors file: it begins with the header length %s"
                            .formatted(file.path(), Long.toUnsignedString(length)));
        }
        if (length > file.size() - Long.BYTES) {
            throw new UsageException(
                    "%s: the header of %d bytes is cut short: the file has %d"
                            .formatted(file.path(), length, file.size()));
        }
        return length;
    }

    private static String utf8(MappedFile file, ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new UsageException(file.path() + ": the header is not UTF-8", e);
        }
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Map<String, String> unread() {
        return header.unread();
    }

    @Override
    public ByteBuffer read(String key) {
        SafetensorsHeader.Entry entry = header.entries().get(key);
        if (entry == null) {
            String type = header.unread().get(key);
            throw new UsageException(
                    type == null
                            ? "%s has no tensor %s".formatted(file.path(), key)
                            : "%s: %s is %s, a type that is not supported"
                                    .formatted(file.path(), key, type));
        }
        TensorInfo info = entry.info();
        return file.region(dataBegin + entry.begin(), info.byteLength(), info.dtype().size());
    }

    @Override
    public String fileOf(String key) {
        return file.path().toString();
    }

    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public void close() {
        file.close();
    }
}
