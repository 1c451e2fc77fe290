package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Goldens;
import org.minigpt4j.SmallDisk;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.track.Tracker;
import org.minigpt4j.track.TrackerSettings;
import org.minigpt4j.track.store.RunStatus;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Each command that writes, on a disk with too little room: one sentence, exit code 1, nothing half
 * written under its final name; and the same command goes on when there is room.
 */
@Timeout(300)
@TestInstance(Lifecycle.PER_CLASS)
class FullDiskCommandsIT {

    private static final String REMEDY =
            ": No space left on device; free some space there and run the same command again";

    @TempDir private static Path temp;
    private SmallDisk disk;
    private List<String> model;
    private Path weights;
    private int folders;

    private record Said(int code, String text) {}

    @BeforeAll
    void make() throws IOException {
        try {
            disk = SmallDisk.mount(temp.resolve("disk"), 24 * 1024);
        } catch (UnsupportedOperationException e) {
            abort(e.getMessage());
        }
        model = NanoChat.options(temp);
        weights = temp.resolve("weights");
        SceneAlignFolder.write(new SceneWorld(0, 128), temp.resolve("align"), 900, 3);
    }

    @AfterAll
    void unmount() {
        if (disk != null) {
            disk.close();
        }
    }

    @AfterEach
    void clear() throws IOException {
        for (String name : disk.here("").toFile().list()) {
            try (Stream<Path> tree = Files.walk(disk.here(name))) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    @Test
    void weightsInEachFormat() throws IOException {
        String vit = weights.resolve("eva_vit_g.safetensors").toString();
        goesOn(300_000, "out.safetensors", "weights", "convert", vit, "OUT/out.safetensors");
        goesOn(300_000, "out.pth", "weights", "convert", vit, "OUT/out.pth");
        String llama = weights.resolve("llama").toString();
        goesOn(300_000, "llama/model.safetensors", "weights", "convert", llama, "OUT/llama");
    }

    @Test
    void randomWeights() throws IOException {
        // In the first file, in the language model's shards, and in the small files beside them.
        for (long left : List.of(300_000L, 3_000_000L, 3_975_000L, 3_990_000L)) {
            goesOn(
                    left,
                    "w/llama/model.safetensors.index.json",
                    "weights",
                    "random",
                    "--preset=nano",
                    "--out=OUT/w");
        }
    }

    @Test
    void aModelForOtherProgramsAndBack() throws IOException {
        List<String> export = new ArrayList<>(List.of("weights", "export", "--format"));
        export.addAll(List.of("transformers", "--cfg-path", NanoChat.FILE.toString()));
        export.addAll(List.of("--out", "OUT/hf", "--options"));
        export.addAll(model);
        Path folder = goesOn(300_000, "hf/model.safetensors", export.toArray(String[]::new));
        String from = folder.resolve("hf").toString();
        String made = "parts/eva_vit_g.safetensors";
        goesOn(300_000, made, "weights", "import", "--from", from, "--out", "OUT/parts");
    }

    @Test
    void scenes() throws IOException {
        for (long left : List.of(30_000L, 150_000L)) { // in the shards, and in the pictures
            Path folder =
                    goesOn(
                            left,
                            "s/align/filter_cap.json",
                            "scenes",
                            "--stage1=10",
                            "--stage2=40",
                            "--out=OUT/s");
            assertTrue(Files.exists(folder.resolve("s/shards/00000.tar")));
        }
    }

    @Test
    void aMergedDelta() throws IOException {
        Path golden = Goldens.path("delta_v0");
        String base = "--base=" + golden.resolve("base");
        String delta = "--delta=" + golden.resolve("delta");
        goesOn(4_096, "v/model.safetensors", "weights", "merge-delta", base, delta, "--out=OUT/v");
    }

    @Test
    void aRunThatIsExported() throws IOException {
        Path store = temp.resolve("mlflow.db");
        TrackerSettings settings =
                new TrackerSettings(
                        "sqlite:///" + store,
                        "task",
                        "a run",
                        Duration.ofSeconds(60),
                        Duration.ZERO,
                        TrackingEnvironment.of(Map.of(), "me"));
        Path run = temp.resolve("tracked");
        try (Tracker tracker = Tracker.open(run, settings, Optional.empty(), true)) {
            tracker.points(1, Map.of("loss", 2.0));
            tracker.end(RunStatus.FINISHED);
        }
        for (long left : List.of(0L, 4_096L)) { // in each of the two files
            String from = "--store=" + store;
            goesOn(left, "r/metrics.csv", "track", "export", "a run", from, "--out=OUT/r");
        }
    }

    @Test
    void aFolderForStageTwo() throws IOException {
        Path file = temp.resolve("align.yaml");
        Files.writeString(
                file,
                """
                align:
                  mode: build
                  folder: x
                  pairs: 40
                  captions: {min_words: 1}
                  source: {format: folder, storage: %s}
                """
                        .formatted(temp.resolve("pairs")));
        Path pairs = Files.createDirectories(temp.resolve("pairs"));
        for (int i = 0; i < 40; i++) {
            Files.write(pairs.resolve(i + ".jpg"), new SceneWorld(0, 128).jpeg(i));
            Files.writeString(pairs.resolve(i + ".txt"), "There is a picture of number " + i + ".");
        }
        String cfg = "--cfg-path=" + file;
        for (long left : List.of(0L, 30_000L)) {
            goesOn(left, "a/filter_cap.json", "prepare", cfg, "--options", "align.folder=OUT/a");
        }
    }

    @Test
    void weightsOfEightBitsThatAreKept() throws IOException {
        List<String> command = new ArrayList<>(List.of("weights", "verify", "--cfg-path"));
        command.addAll(List.of(NanoChat.FILE.toString(), "--options"));
        command.addAll(model);
        command.addAll(List.of("model.low_resource=True", "model.int8_folder=OUT/int8"));
        Path folder = goesOn(100_000, "int8/none", command.toArray(String[]::new));
        try (Stream<Path> kept = Files.list(folder.resolve("int8"))) {
            assertEquals(1, kept.filter(path -> path.toString().endsWith(".safetensors")).count());
        }
    }

    @Test
    void answersAndTheirScores() throws IOException {
        List<String> eval = new ArrayList<>(List.of("eval", "--cfg-path"));
        eval.addAll(List.of("eval_configs/quickstart_captions.yaml", "--out", "OUT/eval"));
        eval.add("--options");
        eval.addAll(model);
        eval.add("run.eval.data=" + temp.resolve("align"));
        eval.add("run.eval.max_new_tokens=4");
        // The plan, the answers, their scores and the page, of which each takes a block.
        for (long left : List.of(0L, 4_096L, 8_192L, 12_288L)) {
            goesOn(left, "eval/report.html", eval.toArray(String[]::new));
        }
        Path references = temp.resolve("references.json");
        Files.writeString(
                references, "{\"annotations\": [{\"image_id\": 1, \"caption\": \"a dog\"}]}");
        Path predictions = temp.resolve("predictions.json");
        Files.writeString(predictions, "[{\"image_id\": 1, \"caption\": \"a dog\"}]");
        goesOn(
                0,
                "scores.json",
                "eval",
                "score",
                "--task=captions",
                "--references=" + references,
                "--predictions=" + predictions,
                "--out=OUT/scores.json");
    }

    @Test
    void featuresThatAreKeptAndIndexes() throws IOException {
        NanoFiles files = NanoFiles.make(temp.resolve("nano"), 24);
        Path shards = Files.createDirectories(disk.here("shards"));
        Files.copy(temp.resolve("nano/shards/00000.tar"), shards.resolve("00000.tar"));
        List<String> train =
                files.train(
                        "run",
                        Map.of(
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "6",
                                "run.batch_size_train", "4",
                                "run.samples.count", "0",
                                "run.tracking.uri", "none",
                                "run.cache_features", "OUT/features",
                                "datasets.scenes.vis_processor.train.image_transform", "resize",
                                "datasets.scenes.build_info.storage", shards.toString(),
                                "run.output_dir", "OUT/run"));
        goesOn(0, "run/log.txt", train.toArray(String[]::new));
        // Room for the index and the first log, not for the pictures of an epoch.
        goesOn(20_000, "run/checkpoints/00000006/manifest.json", train.toArray(String[]::new));
    }

    /**
     * Runs a command on a disk with {@code left} bytes, and again with room.
     *
     * @param made what the command makes last
     * @param command whose {@code OUT} stands for a new folder, which is returned
     */
    private Path goesOn(long left, String made, String... command) throws IOException {
        Path out = Files.createDirectories(disk.here("out" + folders++));
        String[] arguments =
                Stream.of(command)
                        .map(one -> one.replace("OUT", out.toString()))
                        .toArray(String[]::new);
        disk.fill(left);
        Said full = run(arguments);
        assertEquals(1, full.code(), full.text());
        List<String> complaints =
                full.text().lines().filter(line -> line.contains("No space left")).toList();
        assertEquals(1, complaints.size(), full.text());
        String complaint = complaints.get(0);
        assertTrue(complaint.startsWith("could not write " + disk.here("")), complaint);
        assertTrue(complaint.endsWith(REMEDY), complaint);
        assertFalse(full.text().contains("\tat "), full.text());
        assertFalse(Files.exists(out.resolve(made)), made);
        try (Stream<Path> tree = Files.walk(disk.here(""))) {
            assertEquals(List.of(), tree.filter(path -> path.toString().endsWith(".tmp")).toList());
        }
        disk.free();
        Said again = run(arguments);
        assertEquals(0, again.code(), again.text());
        assertTrue(made.endsWith("none") || Files.exists(out.resolve(made)), again.text());
        return out;
    }

    private static Said run(String... arguments) {
        StringWriter said = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(said, true));
        command.setErr(new PrintWriter(said, true));
        return new Said(command.execute(arguments), said.toString());
    }
}
