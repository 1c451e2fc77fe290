package org.minigpt4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.cli.TrainProcess;
import org.minigpt4j.cli.TrainProcess.Blow;
import org.minigpt4j.cli.TrainProcess.Ended;
import org.minigpt4j.io.FaultyStore.Fault;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.io.Store;
import org.minigpt4j.io.Upload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What must hold for checkpoints at a far place, whatever serves it. */
@Timeout(300)
public abstract class RemoteCheckpoints {

    private static final int STEPS = 9;
    private static final int EPOCHS = 2;

    @TempDir private Path folder;

    /** A folder there, without a slash at its end. */
    abstract String root();

    /** How Hadoop gets there. */
    abstract Map<String, String> options();

    @Test
    void whatIsPutIsThereUntilItIsReplacedOrDeleted() {
        try (Store store = Store.at(root() + "/store", options())) {
            assertEquals(List.of(), store.list(""));
            put(store, "2/b", "old");
            put(store, "2/b", "new and longer");
            put(store, "2/a", "a");
            put(store, "1/c", "");
            assertEquals(List.of("1/c", "2/a", "2/b"), store.list(""));
            assertEquals(List.of("2/a", "2/b"), store.list("2/"));
            assertArrayEquals(bytes("new and longer"), store.get("2/b"));
            store.delete("2/b");
            store.delete("2/none");
            assertEquals(List.of("1/c", "2/a"), store.list(""));
            var e = assertThrows(FailedException.class, () -> store.get("2/b"));
            assertTrue(e.getMessage().contains(root() + "/store/2/b"), e.getMessage());
        }
    }

    @Test
    void aFileThatIsNotFinishedNeverWas() throws IOException {
        String place = root() + "/unfinished";
        try (Store store = Store.at(place, options());
                RemoteFiles files = new RemoteFiles(options())) {
            put(store, "a/x", "old");
            try (Upload upload = files.create(place + "/a/x")) {
                upload.stream().write(bytes("half of the n"));
                assertArrayEquals(bytes("old"), store.get("a/x"));
            }
            assertEquals(List.of("a/x"), store.list(""));
            assertArrayEquals(bytes("old"), store.get("a/x"));
        }
    }

    @Test
    void whateverStorageCallFailsTheOldOrTheNewCheckpointIsWhole() {
        int[] n = {0};
        CheckpointTest.assertOldOrNewWhateverFails(
                Fault.TORN, // the worst of them; CheckpointTest has the others
                () -> Store.at(root() + "/faults/" + n[0]++, options()));
    }

    @Test
    void aKilledRunGoesOnOnAnotherMachineWithTheSameBits() throws Exception {
        NanoFiles files = NanoFiles.make(folder, 96);
        Ended unbroken = train(files, "near", Map.of(), Blow.NEVER);
        assertEquals(0, unbroken.exitCode(), unbroken.output());

        Map<String, String> far = Map.of("run.checkpoint.dir", root() + "/run");
        Ended killed = train(files, "first", far, new Blow(9, 0, false));
        assertEquals(137, killed.exitCode(), killed.output());
        // It has the address and the configuration, and nothing of the first one's folder.
        Ended second = train(files, "second", far, Blow.NEVER);
        assertEquals(0, second.exitCode(), second.output());
        assertTrue(second.output().contains("after step"), second.output());
        assertFalse(second.output().contains("[1/18]"), "it began anew");

        assertEquals(figures("near"), figures("second"));
        assertEquals(EPOCHS * STEPS, figures("second").size());
        assertEquals(epochs("near"), epochs("second"));
        RunFolder near = new RunFolder(folder.resolve("near"));
        try (Store store = Store.at(root() + "/run", options())) {
            String last = CheckpointFolder.name(EPOCHS * STEPS) + "/";
            assertArrayEquals(
                    near.store().get(last + Checkpoint.TENSORS),
                    store.get(last + Checkpoint.TENSORS));
            String manifest = new String(store.get(last + Checkpoint.MANIFEST), UTF_8);
            assertTrue(recordedManifests().contains(manifest), "the record has it too");
        }
    }

    private List<String> recordedManifests() throws IOException {
        List<String> manifests = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder.resolve("mlartifacts"))) {
            for (Path file : tree.filter(f -> f.endsWith("checkpoint_manifest.json")).toList()) {
                manifests.add(Files.readString(file));
            }
        }
        return manifests;
    }

    @Test
    void aPlaceThatCannotBeReachedIsAnErrorBeforeTraining() throws Exception {
        NanoFiles files = NanoFiles.make(folder, 16);
        Map<String, String> nowhere =
                Map.of("run.checkpoint.dir", root().replaceFirst("://[^/]+", "://no-such-place"));
        Ended ended = train(files, "lost", nowhere, Blow.NEVER);
        assertEquals(1, ended.exitCode(), ended.output());
        assertTrue(ended.output().contains("no-such-place"), ended.output());
        assertFalse(ended.output().contains("loaded "), "before weights: " + ended.output());
    }

    private Ended train(NanoFiles files, String output, Map<String, String> more, Blow blow)
            throws Exception {
        Map<String, String> options =
                new TreeMap<>(
                        Map.of(
                                "run.max_epoch", "" + EPOCHS,
                                "run.iters_per_epoch", "" + STEPS,
                                "run.batch_size_train", "2",
                                "run.threads", "1",
                                "run.log_freq", "1",
                                "run.checkpoint.steps", "2"));
        options.putAll(more);
        return new TrainProcess(List.of(), List.of(coreSite()))
                .run(files.train(output, options), blow);
    }

    /** A folder with what tells Hadoop how to get there, as an administrator would write it. */
    private Path coreSite() throws IOException {
        var xml = new StringBuilder("<configuration>\n");
        options()
                .forEach(
                        (name, value) ->
                                xml.append("<property><name>" + name + "</name><value>" + value)
                                        .append("</value></property>\n"));
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(conf.resolve("core-site.xml"), xml.append("</configuration>\n"));
        return conf;
    }

    private List<String> figures(String output) throws IOException {
        return Files.readAllLines(new RunFolder(folder.resolve(output)).metrics()).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .map(json -> json.get("step") + " " + json.get("loss") + " " + json.get("lr"))
                .toList();
    }

    private List<String> epochs(String output) throws IOException {
        return Files.readAllLines(new RunFolder(folder.resolve(output)).log()).stream()
                .filter(line -> line.startsWith("{\"train_lr\""))
                .toList();
    }

    private static void put(Store store, String name, String text) {
        store.put(name, List.of(ByteBuffer.wrap(bytes(text))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
