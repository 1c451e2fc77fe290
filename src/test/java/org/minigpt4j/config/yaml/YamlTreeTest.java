package org.minigpt4j.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrainConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class YamlTreeTest {

    @TempDir private Path temp;

    @ParameterizedTest
    @CsvSource({
        "1e-4, 1e-4",
        "1E5, 100000",
        ".5, 0.5",
        "5., 5",
        "8e-5, 8e-5",
        "1e+2, 100",
        "-1.5e3, -1500",
        "+0.25, 0.25",
        "1_000.5, 1000.5",
        "00.5, 0.5",
        "0.0, 0"
    })
    void readsEveryFormOfANumberWithAFraction(String text, double value) throws IOException {
        assertEquals(value, read("k: " + text).get("k").plain());
    }

    @ParameterizedTest
    @CsvSource({
        "5, 5",
        "-3, -3",
        "+7, 7",
        "0, 0",
        "20_000, 20000",
        "0x10, 16",
        "4294967295, 4294967295"
    })
    void readsEveryFormOfAWholeNumber(String text, long value) throws IOException {
        assertEquals(value, read("k: " + text).get("k").plain());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"010", "12:30", "1:20.5", "2023-05-01", "1e", "e5", ".", "1.2.3", "y", "_1"})
    void leavesTextThatOnlyLooksLikeANumberAlone(String text) throws IOException {
        assertEquals(text, read("k: " + text).get("k").plain());
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "True", "TRUE", "yes", "Yes", "on", "ON"})
    void readsTheWordsForTrueAsUpstreamDoes(String text) throws IOException {
        assertEquals(true, read("k: " + text).get("k").plain());
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "False", "no", "NO", "off", "Off"})
    void readsTheWordsForFalseAsUpstreamDoes(String text) throws IOException {
        assertEquals(false, read("k: " + text).get("k").plain());
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "~", "", "NULL", "Null"})
    void readsNull(String text) throws IOException {
        assertNull(read("k: " + text).get("k").plain());
    }

    @ParameterizedTest
    @ValueSource(strings = {"'1e-4'", "\"1e-4\"", "!!str 1e-4"})
    void readsWhatIsQuotedAsText(String text) throws IOException {
        assertEquals("1e-4", read("k: " + text).get("k").plain());
    }

    @Test
    void everyEntryKnowsTheLineOfItsKey() throws IOException {
        Tree.Mapping tree = read("# a comment\nrun:\n  seed: 1\n  train_splits:\n    - train\n");
        var run = (Tree.Mapping) tree.get("run");
        assertEquals("my.yaml:2", place(run));
        assertEquals("my.yaml:3", place(run.get("seed")));
        assertEquals("my.yaml:4", place(run.get("train_splits")));
        assertEquals("my.yaml:5", place(((Tree.Sequence) run.get("train_splits")).items().get(0)));
    }

    @Test
    void anchorsAndMergeKeysWorkAndWhatIsWrittenWins() throws IOException {
        Tree.Mapping tree =
                read("a: &a {x: 1, y: 2}\nb: &b {x: 3, z: 4}\nc: {<<: [*a, *b], y: 5}\nd: *a\n");
        assertEquals(Map.of("x", 1L, "y", 5L, "z", 4L), tree.get("c").plain());
        assertEquals(tree.get("a").plain(), tree.get("d").plain());
    }

    @Test
    void anEmptyFileHasNoSections() throws IOException {
        assertTrue(read("# nothing here\n").entries().isEmpty());
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheFirstKey() throws IOException {
        assertEquals(1L, read("\uFEFFk: 1").get("k").plain());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'run:\n  seed: 1\n  seed: 2' | my.yaml:3: seed: is written twice",
                "'run:\n\tseed: 1' | my.yaml:2: this is not YAML",
                "'run: [1, 2' | my.yaml:1: this is not YAML",
                "'a: 1\n---\nb: 2' | my.yaml:2: this is not YAML",
                "'a: 1\nb: *nowhere' | my.yaml:2: this is not YAML",
                "'a: 1\n? [b, c]\n: 2' | my.yaml:2: a key is a map or a list",
                "'a: &a [1, *a]' | my.yaml:1: an alias contains itself",
                "'a: 1\nb: !!python/object:os.system x' | my.yaml:2: this is not YAML: Global tag",
                "'a: 1\nb: !ours x' | my.yaml:2: the tag !ours is not supported",
                "'a: 1\nb: !!set {x}' | my.yaml:2: the tag ",
                "'a: 1\n<<: 5' | my.yaml:2: <<: merges the number 5",
                "'- run\n- model' | my.yaml:1: the file holds a list",
            })
    void refusesWhatIsNoConfigurationWithItsLine(String text, String message) {
        var e = assertThrows(UsageException.class, () -> read(text));
        assertTrue(
                e.getMessage().replace(temp + "/", "").startsWith(message.strip()), e.getMessage());
    }

    @Test
    void refusesAliasesThatGrowWithoutBound() {
        var text = new StringBuilder("a: &a0 [x, x]\n");
        for (int i = 1; i < 60; i++) {
            text.append("b%1$d: &a%1$d [*a%2$d, *a%2$d]\n".formatted(i, i - 1));
        }
        assertThrows(UsageException.class, () -> read(text.toString()));
    }

    @Test
    void refusesAFileThatIsNotThere() {
        var e =
                assertThrows(
                        UsageException.class,
                        () -> TrainConfig.load(temp.resolve("no.yaml"), List.of()));
        assertEquals(
                temp.resolve("no.yaml") + ": there is no such configuration file", e.getMessage());
    }

    @Test
    void refusesAFolderAndBytesThatAreNoText() throws IOException {
        var folder = assertThrows(UsageException.class, () -> TrainConfig.load(temp, List.of()));
        assertTrue(folder.getMessage().contains("cannot be read"), folder.getMessage());
        Path bytes = Files.write(temp.resolve("b.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        var e = assertThrows(UsageException.class, () -> TrainConfig.load(bytes, List.of()));
        assertTrue(e.getMessage().contains("is not UTF-8"), e.getMessage());
    }

    private Tree.Mapping read(String text) throws IOException {
        var problems = new Problems();
        Tree.Mapping tree =
                YamlTree.file(Files.writeString(temp.resolve("my.yaml"), text), problems);
        problems.throwIfAny();
        return tree;
    }

    private String place(Tree tree) {
        return tree.origin().toString().replace(temp + "/", "");
    }
}
