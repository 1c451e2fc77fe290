package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.config.TrainConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The quickstart's first stage where the language of the machine has digits of its own. */
class NativeDigitsIT {

    private static final Locale BEFORE = Locale.getDefault();

    @TempDir private Path temp;

    @AfterEach
    void speakAsBefore() {
        Locale.setDefault(BEFORE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "fa-IR", "bn-BD", "my-MM"})
    void aFinishedRunIsFoundAgainAndNotTrainedOver(String language) throws Exception {
        Locale.setDefault(Locale.forLanguageTag(language));
        assertNotEquals("1", String.format("%d", 1), "this language has its own");
        NanoFiles files = NanoFiles.make(temp, 16);
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "2",
                                "run.batch_size_train", "2",
                                "run.threads", "1",
                                "run.cache_features", temp.resolve("features").toString(),
                                "run.samples.count", "1"));
        options.put("datasets.scenes.vis_processor.train.image_transform", "resize");
        List<String> arguments = files.train("run", options);
        int begin = arguments.indexOf("--options") + 1;
        TrainConfig config =
                TrainConfig.load(
                        Path.of(arguments.get(2)), arguments.subList(begin, arguments.size()));
        try (TrainRun run = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            assertEquals(List.of(), run.notices());
            run.train(List.of(), warning -> {}, () -> false);
        }
        Path output = temp.resolve("run");
        assertTrue(Files.exists(output.resolve("checkpoints/00000002/manifest.json")));
        byte[] metrics = Files.readAllBytes(output.resolve("metrics.jsonl"));
        try (TrainRun again = TrainRun.open(config, Resume.AUTO, (key, bytes) -> {})) {
            String notices = again.notices().toString();
            assertTrue(notices.contains("resuming " + output), notices);
        }
        assertEquals(2, Files.readAllLines(output.resolve("metrics.jsonl")).size());
        assertEquals(metrics.length, Files.size(output.resolve("metrics.jsonl")));
        assertAsciiDigits();
    }

    /** No name and no text below the folder has another digit. */
    private void assertAsciiDigits() throws IOException {
        try (Stream<Path> tree = Files.walk(temp)) {
            for (Path path : tree.toList()) {
                assertTrue(isAscii(path.getFileName().toString()), "" + path);
                if (path.toString().matches(".*\\.(json|jsonl|txt|html)")) {
                    assertTrue(isAscii(Files.readString(path)), "" + path);
                }
            }
        }
    }

    private static boolean isAscii(String text) {
        return text.codePoints().noneMatch(c -> c > 127 && Character.isDigit(c));
    }
}
