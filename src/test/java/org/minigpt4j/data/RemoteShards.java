package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.config.Sampling;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.text.CaptionProcessor;
import org.minigpt4j.text.Tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What must hold for data at a far place, whatever serves it. */
@Timeout(120)
abstract class RemoteShards {

    private static final int SIZE = 28;

    @TempDir Path folder;

    /** A folder there, without a slash at its end. */
    abstract String root();

    /** How Hadoop gets there. */
    abstract Map<String, String> options();

    @Test
    void farShardsGiveWhatNearOnesGive() throws Exception {
        Path near = nearShards();
        long bytes = upload(near, root() + "/laion");
        List<String> expected = batches(settings(near + "/{00000..00005}.tar", "near", 1 << 30));
        String far = root() + "/laion";
        assertEquals(expected, batches(settings(far + "/{00000..00005}.tar", "a", 1 << 30)));
        try (RemoteFiles files = new RemoteFiles(options())) {
            assertTrue(files.stat(far + "/00003.tar.index").isPresent(), "indexes are kept there");
            files.write(
                    far + "/00003.tar.index", "of another shard".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(expected, batches(settings(far, "b", 1 << 30)), "a folder");
        try (RemoteFiles files = new RemoteFiles(options())) {
            assertTrue(files.stat(far + "/00003.tar.index").get().length() > 16, "a new one");
        }
        assertEquals(expected, batches(settings(far + "/*.tar", "c", 1 << 30)), "a glob");
        try (RemoteFiles files = new RemoteFiles(options())) {
            String manifest =
                    IntStream.range(0, 6)
                            .mapToObj(shard -> "{\"path\": \"0000" + shard + ".tar\"}")
                            .collect(Collectors.joining(",", "{\"shards\": [", "]}"));
            files.write(far + "/manifest.json", manifest.getBytes(StandardCharsets.UTF_8));
            String wrong = manifest.replace("0.tar\"", "0.tar\", \"bytes\": 7");
            files.write(far + "/wrong.json", wrong.getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(expected, batches(settings(far + "/manifest.json", "e", 1 << 30)));
        UsageException error =
                assertThrows(
                        UsageException.class,
                        () -> batches(settings(far + "/wrong.json", "f", 1 << 30)));
        assertTrue(error.getMessage().contains("its manifest says 7"), error.getMessage());
        // Less room than a window needs costs time and nothing else.
        assertEquals(expected, batches(settings(far, "d", bytes / 3)));
        try (Stream<Path> copies = Files.list(folder.resolve("d/shards"))) {
            long kept = copies.mapToLong(copy -> copy.toFile().length()).sum();
            assertTrue(kept <= bytes / 3, kept + " bytes kept");
        }
    }

    @Test
    void aFarAlignFolderIsRead() throws Exception {
        SceneWorld world = new SceneWorld(5, 40);
        Path near = folder.resolve("align");
        SceneAlignFolder.write(world, near, 0, 8);
        upload(near, root() + "/align");
        upload(near.resolve("image"), root() + "/align/image");
        BatchSettings local = align(near.toString());
        assertEquals(batches(local), batches(align(root() + "/align")));
    }

    @Test
    void whatIsNotThereIsAnErrorAtTheStart() {
        for (String place : List.of("/none", "/none/{00000..00002}.tar", "/none/*.tar")) {
            UsageException error =
                    assertThrows(
                            UsageException.class,
                            () -> batches(settings(root() + place, "e", 1 << 30)));
            assertTrue(error.getMessage().contains("laion"), error.getMessage());
        }
    }

    /** Six shards of ten scenes on this machine. */
    final Path nearShards() throws IOException {
        SceneWorld world = new SceneWorld(11, 40);
        for (int shard = 0; shard < 6; shard++) {
            SceneShards.write(world, folder.resolve("laion-" + shard), shard * 10, 10);
        }
        Path near = folder.resolve("laion");
        Files.createDirectories(near);
        for (int shard = 0; shard < 6; shard++) {
            try (Stream<Path> tars = Files.list(folder.resolve("laion-" + shard))) {
                Path tar =
                        tars.filter(p -> p.toString().endsWith(".tar")).findFirst().orElseThrow();
                Files.copy(tar, near.resolve("0000" + shard + ".tar"));
            }
        }
        return near;
    }

    /** Uploads the files of a folder; the bytes of its tars. */
    final long upload(Path from, String to) throws IOException {
        long bytes = 0;
        try (RemoteFiles files = new RemoteFiles(options());
                Stream<Path> list = Files.list(from)) {
            for (Path path : list.filter(Files::isRegularFile).toList()) {
                files.write(to + "/" + path.getFileName(), Files.readAllBytes(path));
                bytes += path.toString().endsWith(".tar") ? Files.size(path) : 0;
            }
        }
        return bytes;
    }

    final BatchSettings settings(String storage, String cache, long cacheBytes) {
        return BatchSettings.of(
                        6,
                        List.of(
                                new SourceSettings(
                                        "laion",
                                        DatasetFormat.WEBDATASET,
                                        List.of(storage),
                                        1,
                                        ImageProcessor.resize(SIZE),
                                        Optional.of(new CaptionProcessor()))),
                        folder.resolve(cache))
                .with(new BatchSettings.Storage(folder.resolve(cache), cacheBytes, options()))
                .with(new BatchSettings.Order(42, 6, 3, Sampling.PASSES, 1, RankShare.whole()));
    }

    private BatchSettings align(String storage) {
        return BatchSettings.of(
                        3,
                        List.of(
                                new SourceSettings(
                                        "align",
                                        DatasetFormat.CC_SBU_ALIGN,
                                        List.of(storage),
                                        1,
                                        ImageProcessor.resize(SIZE),
                                        Optional.empty())),
                        folder.resolve("align-cache"))
                .with(
                        new BatchSettings.Storage(
                                folder.resolve("align-cache"), 20L << 30, options()));
    }

    final List<String> batches(BatchSettings settings) throws Exception {
        NanoTokenizer.writeTo(folder.resolve("llm"));
        List<String> batches = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("llm"));
                BatchLoader loader = BatchLoader.open(settings, tokenizer, 0)) {
            for (int i = 0; i < 25; i++) {
                StringBuilder text = new StringBuilder();
                for (Example example : loader.next().examples()) {
                    text.append(example.key()).append(' ').append(example.text()).append(' ');
                    text.append(Arrays.hashCode(example.pixels())).append(' ');
                }
                batches.add(text.toString());
            }
        }
        return batches;
    }
}
