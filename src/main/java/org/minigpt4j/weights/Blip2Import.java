package org.minigpt4j.weights;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.io.web.WebAddress;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Creates the two files of MiniGPT-4's encoders from Hugging Face's BLIP-2, read from a folder or a
 * URL. From remote shards it fetches only the bytes of the tensors it needs: 4.4 of 49 GB.
 *
 * @param from a folder, or the URL of an index of safetensors shards
 * @param out the folder to write
 * @param token for hosts that require a login; sent only to the index's host
 * @param allowedPrivate hosts that may be contacted although their addresses are not public
 */
public record Blip2Import(
        String from, Path out, Optional<String> token, Set<String> allowedPrivate) {

    /** The file to set as {@code model.vit_weights}. */
    public static final String VIT = "eva_vit_g.safetensors";

    /** The file to set as {@code model.q_former_model}. */
    public static final String QFORMER = "blip2_pretrained_flant5xxl.safetensors";

    private static final int LONGEST_INDEX = 64 << 20;
    private static final long PAUSE_MILLIS = 1000;
    private static final String PROJECTION = "language_projection.weight";

    /** Is notified as bytes arrive. */
    @FunctionalInterface
    public interface Progress {
        /** So far, {@code bytes} of {@code total} bytes have arrived. */
        void fetched(long bytes, long total);
    }

    /** A file that was written: number of tensors, their total bytes and their SHA-256. */
    public record Written(Path file, int tensors, long bytes, String digest) {}

    /**
     * Runs the import. After an interruption, the next call continues.
     *
     * @throws UsageException if the source is not a BLIP-2, or its Q-Former is not MiniGPT-4's
     * @throws FailedException if the host fails
     */
    public List<Written> run(Progress progress) throws InterruptedException {
        for (String name : List.of(VIT, QFORMER)) {
            if (Files.exists(out.resolve(name))) {
                throw new UsageException(
                        "%s already exists: name another folder".formatted(out.resolve(name)));
            }
        }
        if (from.startsWith("http://") || from.startsWith("https://")) {
            return remote(progress);
        }
        try (TensorSource source = EncoderFile.open(Path.of(from))) {
            if (!(source instanceof EncoderFile)) {
                throw new UsageException(
                        "%s: not a BLIP-2 in Hugging Face's layout (it has no %s)"
                                .formatted(from, EncoderFile.MARK));
            }
            return write(source);
        }
    }

    private List<Written> remote(Progress progress) throws InterruptedException {
        URI index =
                WebAddress.parse(from)
                        .orElseThrow(
                                () ->
                                        new UsageException(
                                                ForeignText.line(from)
                                                        + " is not a valid address"));
        Path work = out.resolve(".import");
        List<Written> written = fetched(index, work, progress);
        try {
            delete(work);
        } catch (IOException e) {
            throw new FailedException("%s cannot be deleted: %s".formatted(work, e), e);
        }
        return written;
    }

    private List<Written> fetched(URI index, Path work, Progress progress)
            throws InterruptedException {
        try (var fetch = new RangedFetch(index, token, allowedPrivate, PAUSE_MILLIS);
                var shards = new Shards()) {
            Files.createDirectories(work);
            String shown = ForeignText.line(from);
            Map<String, String> map =
                    HfFolder.checkedWeightMap(shown, fetch.whole(index, LONGEST_INDEX));
            EncoderFile.stranger(map.keySet(), 0).ifPresent(Blip2Import::refuse);
            if (!map.containsKey(EncoderFile.MARK)) {
                throw new UsageException(
                        "%s: not the index of a BLIP-2 (it has no %s)"
                                .formatted(shown, EncoderFile.MARK));
            }
            Map<String, Set<String>> wanted = new TreeMap<>();
            map.forEach(
                    (key, shard) -> {
                        if (HfBlip2Keys.isWanted(key) || key.equals(PROJECTION)) {
                            wanted.computeIfAbsent(shard, name -> new TreeSet<>()).add(key);
                        }
                    });
            for (Map.Entry<String, Set<String>> shard : wanted.entrySet()) {
                URI address = index.resolve(new URI(null, null, "./" + shard.getKey(), null));
                shards.add(new RemoteShard(fetch, address, work, shard.getKey(), shard.getValue()));
            }
            refuseStranger(map.keySet(), shards.tensors());
            shards.fetch(fetch, progress);
            return write(EncoderFile.of(shards, map.keySet()));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(work, e);
        } catch (URISyntaxException e) {
            throw new UsageException(
                    "%s names a file that is not part of a valid address".formatted(from), e);
        }
    }

    private static void refuseStranger(Set<String> keys, Map<String, TensorInfo> tensors) {
        TensorInfo projection = tensors.get(PROJECTION);
        long rows = projection == null ? 0 : projection.shape()[0];
        EncoderFile.stranger(keys, rows).ifPresent(Blip2Import::refuse);
    }

    private static void refuse(String whose) {
        throw new UsageException(
                "this Q-Former is %s; MiniGPT-4's is in Salesforce/blip2-flan-t5-xxl"
                        .formatted(whose));
    }

    private List<Written> write(TensorSource source) {
        EncoderFile.stranger(source).ifPresent(Blip2Import::refuse);
        Predicate<String> queries =
                key -> key.startsWith("Qformer.") || key.startsWith("ln_vision.");
        Predicate<String> second = queries.or(key -> key.equals("query_tokens"));
        return List.of(
                write(source, out.resolve(VIT), second.negate()),
                write(source, out.resolve(QFORMER), second));
    }

    private static Written write(TensorSource source, Path file, Predicate<String> chosen) {
        List<TensorInfo> tensors =
                source.tensors().values().stream().filter(t -> chosen.test(t.key())).toList();
        try (var writer = SafetensorsWriter.create(file, tensors, Map.of("format", "pt"))) {
            for (TensorInfo info : tensors) {
                writer.write(info.key(), source.read(info.key()));
            }
            writer.commit();
        }
        // Verify that the file on disk equals the source, to the last bit.
        String expected = digest(source, tensors);
        try (TensorSource again = TensorSource.open(file)) {
            if (!digest(again, tensors).equals(expected)) {
                throw new FailedException(file + " does not contain what was written to it");
            }
        }
        long bytes = tensors.stream().mapToLong(TensorInfo::byteLength).sum();
        return new Written(file, tensors.size(), bytes, expected);
    }

    private static String digest(TensorSource source, List<TensorInfo> tensors) {
        Sha256 hash = new Sha256();
        tensors.stream()
                .sorted((a, b) -> a.key().compareTo(b.key()))
                .forEach(
                        info -> {
                            String head = info.key() + info.dtype() + Arrays.toString(info.shape());
                            hash.update(ByteBuffer.wrap(head.getBytes(StandardCharsets.UTF_8)));
                            hash.update(source.read(info.key()));
                        });
        return hash.hex();
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /** Several shards as one source. */
    private static final class Shards implements TensorSource {

        private final Map<String, RemoteShard> byKey = new HashMap<>();
        private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        private final Set<RemoteShard> all = new LinkedHashSet<>();

        void add(RemoteShard shard) {
            all.add(shard);
            tensors.putAll(shard.tensors());
            shard.tensors().keySet().forEach(key -> byKey.put(key, shard));
        }

        void fetch(RangedFetch fetch, Progress progress) throws InterruptedException {
            long total = all.stream().mapToLong(RemoteShard::bytes).sum();
            long[] done = {0};
            for (RemoteShard shard : all) {
                shard.fetch(
                        fetch,
                        bytes -> {
                            done[0] += bytes;
                            progress.fetched(done[0], total);
                        });
            }
        }

        @Override
        public Map<String, TensorInfo> tensors() {
            return Collections.unmodifiableMap(tensors);
        }

        @Override
        public ByteBuffer read(String key) {
            return byKey.get(key).read(key);
        }

        @Override
        public String fileOf(String key) {
            return byKey.get(key).fileOf(key);
        }

        @Override
        public void close() {
            all.forEach(RemoteShard::close);
        }
    }
}
