package org.minigpt4j.weights;

import com.google.gson.Gson;
import com.google.gson.JsonObject;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * A safetensors file of which only some tensors are downloaded. Their bytes are in a file; next to
 * it, a list of pieces with their SHA-256 is updated after each piece. After a restart, complete
 * pieces are not fetched again, unless the host's version of the file has changed.
 */
final class RemoteShard implements TensorSource {

    private static final int PIECE = 16 << 20;
    private static final int ALIGNMENT = 4096;
    private static final int LONGEST_STATE = 64 << 20;

    private final URI address;
    private final Path data;
    private final Path state;
    private final Map<String, SafetensorsHeader.Entry> entries = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private final long total;
    private final String version;
    private final long dataBegin;
    private final long base;
    private MappedFile mapped;

    /** Reads the header; {@link #fetch} downloads the tensors. */
    RemoteShard(RangedFetch fetch, URI address, Path folder, String name, Set<String> wanted)
            throws InterruptedException {
        this.address = address;
        data = folder.resolve(name + ".part");
        state = folder.resolve(name + ".json");
        String shown = ForeignText.line(address.toString());
        RangedFetch.Part head = fetch.part(address, 0, Long.BYTES);
        long length = ByteBuffer.wrap(head.bytes()).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > SafetensorsHeader.LONGEST || length > head.total()) {
            throw new UsageException(shown + ": not a safetensors file");
        }
        RangedFetch.Part json = fetch.part(address, Long.BYTES, Math.toIntExact(length));
        total = head.total();
        version = head.version();
        requireSame(json);
        dataBegin = Long.BYTES + length;
        String text = new String(json.bytes(), StandardCharsets.UTF_8);
        SafetensorsHeader.parse(shown, text, total - dataBegin)
                .entries()
                .forEach(
                        (key, entry) -> {
                            if (wanted.contains(key)) {
                                entries.put(key, entry);
                                tensors.put(key, entry.info());
                            }
                        });
        for (String key : wanted) {
            if (!entries.containsKey(key)) {
                throw new UsageException(
                        "%s: has no tensor %s, which the index says it has"
                                .formatted(shown, ForeignText.line(key)));
            }
        }
        long first = entries.values().stream().mapToLong(e -> e.begin()).min().orElse(0);
        base = (dataBegin + first) / ALIGNMENT * ALIGNMENT;
    }

    /** Total bytes of the wanted tensors. */
    long bytes() {
        return tensors.values().stream().mapToLong(TensorInfo::byteLength).sum();
    }

    private void requireSame(RangedFetch.Part part) {
        if (part.total() != total || !part.version().equals(version)) {
            throw new FailedException(
                    "%s changed while it was downloaded; start again"
                            .formatted(ForeignText.line(address.toString())));
        }
    }

    /** Downloads the missing pieces; {@code progress} receives the bytes of each piece. */
    void fetch(RangedFetch fetch, LongConsumer progress) throws InterruptedException {
        Map<String, String> known = known();
        try (FileChannel file =
                FileChannel.open(
                        data,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            for (long[] piece : pieces()) {
                String name = piece[0] + "+" + piece[1];
                if (!isHere(file, piece, known.get(name))) {
                    RangedFetch.Part part = fetch.part(address, piece[0], (int) piece[1]);
                    requireSame(part);
                    ByteBuffer bytes = ByteBuffer.wrap(part.bytes());
                    for (long at = piece[0] - base; bytes.hasRemaining(); ) {
                        at += file.write(bytes, at);
                    }
                    file.force(false);
                    known.put(name, hash(ByteBuffer.wrap(part.bytes())));
                    write(known);
                }
                progress.accept(piece[1]);
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(data, e);
        }
        mapped = MappedFile.open(data);
    }

    /** Begin and length of the ranges that contain the tensors, none longer than a piece. */
    private List<long[]> pieces() {
        List<long[]> pieces = new ArrayList<>();
        List<SafetensorsHeader.Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort((a, b) -> Long.compare(a.begin(), b.begin()));
        long begin = -1;
        long end = -1;
        for (SafetensorsHeader.Entry entry : sorted) {
            if (entry.begin() != end) {
                cut(pieces, begin, end);
                begin = entry.begin();
            }
            end = entry.end();
        }
        cut(pieces, begin, end);
        return pieces;
    }

    private void cut(List<long[]> pieces, long begin, long end) {
        for (long at = begin; at < end; at += PIECE) {
            pieces.add(new long[] {dataBegin + at, Math.min(PIECE, end - at)});
        }
    }

    private boolean isHere(FileChannel file, long[] piece, String hash) throws IOException {
        if (hash == null || file.size() < piece[0] - base + piece[1]) {
            return false;
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) piece[1]);
        for (long at = piece[0] - base; bytes.hasRemaining(); ) {
            int read = file.read(bytes, at);
            if (read < 0) {
                return false;
            }
            at += read;
        }
        return hash(bytes.flip()).equals(hash);
    }

    private static String hash(ByteBuffer bytes) {
        return new Sha256().update(bytes).hex();
    }

    /** Hashes by piece; empty if they belong to another version of the file. */
    private Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        if (Files.exists(state)) {
            ForeignJson json = ForeignJson.read(state, LONGEST_STATE);
            boolean same =
                    json.at("address").text().equals(address.toString())
                            && json.at("version").text().equals(version)
                            && json.at("total").longInteger(0, Long.MAX_VALUE) == total;
            if (same) {
                json.at("pieces").members().forEach((name, hash) -> known.put(name, hash.text()));
            }
        }
        return known;
    }

    private void write(Map<String, String> known) {
        JsonObject json = new JsonObject();
        json.addProperty("address", address.toString());
        json.addProperty("version", version);
        json.addProperty("total", total);
        json.add("pieces", new Gson().toJsonTree(known));
        AtomicFile.writeString(state, json.toString());
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public ByteBuffer read(String key) {
        SafetensorsHeader.Entry entry = entries.get(key);
        TensorInfo info = entry.info();
        return mapped.region(
                dataBegin + entry.begin() - base, info.byteLength(), info.dtype().size());
    }

    @Override
    public String fileOf(String key) {
        return ForeignText.line(address.toString());
    }

    @Override
    public void close() {
        if (mapped != null) {
            mapped.close();
        }
    }
}
