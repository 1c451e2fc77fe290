package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.cli.Main;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.prepare.plan.DriverLease;
import org.minigpt4j.prepare.plan.ShardFolder;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a person gets wrong, told in one message before anything is fetched or lost. */
class PrepareMistakesIT {

    /** Nobody listens there. */
    private static final String NOBODY = "127.0.0.1:1";

    @TempDir private Path temp;

    private PrepareConfig config(String... options) throws IOException {
        Path list = PrepareYaml.json(temp.resolve("list.json"), List.of("http://" + NOBODY + "/a"));
        return PrepareYaml.of(temp, list, temp.resolve("out").toString(), NOBODY, options);
    }

    private static String refused(PrepareConfig config) {
        return assertThrows(UsageException.class, () -> PrepareYaml.run(config)).getMessage();
    }

    @Test
    void shardsThatPrepareDidNotMakeAreLeftAlone() throws Exception {
        Path folder = Files.createDirectories(temp.resolve("out/web"));
        byte[] other = "a tar of somebody's".getBytes(StandardCharsets.UTF_8);
        for (String name : List.of("00000.tar", "00007.tar")) {
            Files.write(folder.resolve(name), other);
        }
        String message = refused(config());
        assertTrue(message.startsWith("prepare.output: "), message);
        assertTrue(message.contains("00000.tar"), message);
        for (String name : List.of("00000.tar", "00007.tar")) {
            assertArrayEquals(other, Files.readAllBytes(folder.resolve(name)));
        }
        assertFalse(Files.exists(folder.resolve("_plan")), "nothing was drawn");
    }

    @Test
    void theOutputDoesNotLieInASource() throws Exception {
        Path folder = Files.createDirectories(temp.resolve("out/web"));
        Files.writeString(folder.resolve("cat.png"), "picture");
        Files.createSymbolicLink(temp.resolve("link"), temp.resolve("out"));
        for (String source : List.of("out/web", "out", "out/", "link")) {
            String message = refused(config("sources.web.path=" + temp + "/" + source));
            assertTrue(message.contains("is inside sources.web.path"), message);
        }
        assertEquals(List.of("cat.png"), List.of(folder.toFile().list()));
    }

    @Test
    void aListWithoutPairsIsAMistake() throws Exception {
        Path list = Files.writeString(temp.resolve("x.csv"), "url,caption\n");
        String message = refused(config("sources.web.path=" + list));
        assertTrue(message.startsWith("sources.web.path: there is no row in "), message);
        Files.writeString(list, "url,caption\n,one\n,two\n");
        message = refused(config("sources.web.path=" + list));
        assertTrue(message.startsWith("sources.web.path: none of the 2 rows"), message);
    }

    @Test
    void aBrokenRowIsToldAndCounted() throws Exception {
        Path list =
                Files.writeString(
                        temp.resolve("broken.json"),
                        "[{\"url\": \"http://%s/a\", \"caption\": \"c\"}, {\"url\": \"b\" c}]"
                                .formatted(NOBODY));
        List<String> notices = new ArrayList<>();
        PrepareListener listener =
                new PrepareListener() {
                    @Override
                    public void notice(String sentence) {
                        notices.add(sentence);
                    }

                    @Override
                    public void progress(PrepareProgress now) {}
                };
        Preparation.run(
                config("sources.web.path=" + list),
                Optional.of("local[2]"),
                PrepareYaml.local(),
                listener);
        assertTrue(
                notices.stream().anyMatch(s -> s.contains("1 of 2 rows could not be read")),
                notices::toString);
        String manifest = Files.readString(temp.resolve("out/web/manifest.json"));
        assertTrue(manifest.contains("\"broken\": 1"), manifest);
    }

    @Test
    void nothingOfAllEndsWithOneAndNamesTheKeys() throws Exception {
        List<String> urls = List.of("http://127.0.0.1:1/a.jpg", "http://127.0.0.1:1/b.jpg");
        Path list = PrepareYaml.json(temp.resolve("list.json"), urls);
        PrepareYaml.of(temp, list, temp.resolve("out").toString(), "127.0.0.1:2");
        List<String> words = new ArrayList<>(List.of("prepare", "--master", "local[2]"));
        PrepareYaml.local()
                .forEach((key, value) -> words.addAll(List.of("--conf", key + "=" + value)));
        words.addAll(List.of("--cfg-path", temp.resolve("prepare.yaml").toString()));
        StringWriter said = new StringWriter();
        int code =
                Main.commandLine()
                        .setOut(new PrintWriter(said))
                        .execute(words.toArray(String[]::new));
        assertEquals(1, code, said.toString());
        assertTrue(said.toString().contains("only 0 of 2 pairs tried"), said.toString());
        assertTrue(said.toString().contains("fetch.allow_private"), said.toString());
        assertTrue(said.toString().contains("prepare.retry_failed=true"), said.toString());
    }

    @Test
    void aMasterThatSparkDoesNotKnowIsAMistake() throws Exception {
        PrepareConfig config = config();
        UsageException error =
                assertThrows(
                        UsageException.class,
                        () ->
                                Preparation.run(
                                        config,
                                        Optional.of("bogus"),
                                        PrepareYaml.local(),
                                        PrepareYaml.QUIET));
        assertTrue(error.getMessage().startsWith("--master: bogus"), error.getMessage());
    }

    @Test
    void whatEndsAShardsMakerTellsWhichShardItWas() throws Exception {
        PrepareYaml.run(config());
        Path folder = temp.resolve("out/web");
        Files.delete(folder.resolve("00000_stats.json"));
        Files.writeString(folder.resolve("_plan/00000.jsonl.gz"), "no longer a plan");
        FailedException error =
                assertThrows(FailedException.class, () -> PrepareYaml.run(config()));
        String message = error.getMessage();
        assertTrue(message.startsWith("Shard 00000 of " + folder), message);
        assertTrue(message.contains("ZipException: "), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void whatSparkThrowsIsToldInOneLine() {
        Exception bare = new IllegalStateException(new NegativeArraySizeException("-362807296"));
        String message = SparkFailure.translate(bare).getMessage();
        assertTrue(message.contains("NegativeArraySizeException: -362807296"), message);
        message = SparkFailure.translate(new NullPointerException()).getMessage();
        assertTrue(message.contains(": NullPointerException. "), message);
        String job =
                "Job aborted: Lost task 0.3 in stage 2.0: java.io.IOException: gone\n"
                        + "\tat org.example.A.b(A.java:1)\n\nDriver stacktrace:";
        message = SparkFailure.translate(new RuntimeException(job)).getMessage();
        assertTrue(message.contains("java.io.IOException: gone. Finished"), message);
        Exception stopped =
                new RuntimeException("Job 3 cancelled because SparkContext was shut down");
        message = SparkFailure.translate(new RuntimeException(stopped)).getMessage();
        assertTrue(message.startsWith("The preparation was stopped. Finished shards"), message);
    }

    @Test
    void aSecondDriverInAFolderIsRefused() throws Exception {
        try (ShardFolder folder = new ShardFolder(temp.resolve("out/web").toString(), Map.of());
                DriverLease first = DriverLease.of(folder)) {
            String message = refused(config());
            assertTrue(message.contains("is writing to"), message);
            first.require();
        }
        PrepareYaml.run(config());
    }

    @Test
    void aDriverThatWasTakenOverWritesNoManifest() throws Exception {
        Path claim = temp.resolve("out/web").resolve(DriverLease.FILE);
        DriverLease.Holder other = new DriverLease.Holder("1", "elsewhere", 1, "now");
        PrepareListener intruder =
                new PrepareListener() {
                    @Override
                    public void notice(String sentence) {
                        if (sentence.contains("pairs drawn")) {
                            try {
                                Files.write(claim, other.toJson());
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        }
                    }

                    @Override
                    public void progress(PrepareProgress now) {}
                };
        PrepareConfig config = config();
        FailedException error =
                assertThrows(
                        FailedException.class,
                        () ->
                                Preparation.run(
                                        config,
                                        Optional.of("local[2]"),
                                        PrepareYaml.local(),
                                        intruder));
        assertTrue(error.getMessage().contains("another prepare"), error.getMessage());
        assertFalse(Files.exists(temp.resolve("out/web/manifest.json")));
        assertArrayEquals(other.toJson(), Files.readAllBytes(claim));
    }
}
