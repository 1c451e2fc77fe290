package org.minigpt4j.config.bind;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.config.Yamls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class LocalPathTest {

    private static final String STORAGE = "datasets.cc_sbu_align.build_info.storage";

    @TempDir private Path temp;
    private Yamls yamls;

    @BeforeEach
    void setUp() throws IOException {
        yamls = new Yamls(temp);
        Files.createDirectories(temp.resolve("shards"));
        Files.write(temp.resolve("shards/00000.tar"), new byte[0]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TEMP/shards",
                "TEMP/shards/00000.tar",
                "TEMP/shards/{00000..10488}.tar",
                "TEMP/shards/*.tar",
                "TEMP/sh*/0000?.tar",
                "file://TEMP/shards",
                "hdfs://namenode/laion/{00000..10488}.tar",
                "s3a://bucket/laion",
                "[TEMP/shards, 's3a://bucket/laion']",
            })
    void storageMayBeAFolderAFileAPatternAUriOrAListOfThem(String storage) throws IOException {
        String value = storage.replace("TEMP", temp.toString());
        var data = yamls.load(STORAGE + "=" + value).datasets().get("cc_sbu_align");
        List<String> expected =
                value.startsWith("[")
                        ? List.of(temp + "/shards", "s3a://bucket/laion")
                        : List.of(value);
        assertEquals(expected, data.buildInfo().storage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TEMP/no",
                "TEMP/no.tar",
                "TEMP/no/{00000..10488}.tar",
                "TEMP/shards/00000.tar/*.tar",
                "file://TEMP/no",
                "[TEMP/shards, TEMP/no]",
                "''",
                "[]",
            })
    void storageThatIsNotThereIsRefused(String storage) throws IOException {
        List<String> mistakes =
                yamls.mistakes(
                        yamls.minimal(), STORAGE + "=" + storage.replace("TEMP", temp.toString()));
        assertEquals(1, mistakes.size());
        assertTrue(mistakes.get(0).contains(": " + STORAGE + ": "), mistakes.get(0));
    }

    @Test
    void aPatternWithoutAFolderIsInTheCurrentDirectory() throws IOException {
        assertEquals(
                List.of("{00000..10488}.tar"),
                yamls.load(STORAGE + "=\"{00000..10488}.tar\"")
                        .datasets()
                        .get("cc_sbu_align")
                        .buildInfo()
                        .storage());
    }

    @Test
    void aFileIsNoFolderAndAFolderIsNoFile() throws IOException {
        List<String> mistakes =
                yamls.mistakes(
                        yamls.minimal(),
                        "model.llama_model=" + temp + "/shards/00000.tar",
                        "model.prompt_path=" + temp + "/shards",
                        "run.output_dir=" + temp + "/shards/00000.tar");
        String all = String.join("\n", mistakes);
        assertEquals(3, mistakes.size(), all);
        assertTrue(all.contains("names shards/00000.tar, which is not a folder; name a"), all);
        assertTrue(all.contains("names shards, which is not a file; "), all);
        assertTrue(all.contains("names shards/00000.tar, which is not a folder; put a"), all);
    }

    @Test
    void aCheckpointMayBeAFileOrAFolderOrNothing() throws IOException {
        Path file = temp.resolve("shards/00000.tar");
        assertEquals(file, yamls.load("model.ckpt=" + file).model().ckpt().orElseThrow());
        assertEquals(temp, yamls.load("model.ckpt=" + temp).model().ckpt().orElseThrow());
        assertTrue(yamls.load("model.ckpt=''").model().ckpt().isEmpty());
    }

    @Test
    void theOutputFolderNeedNotBeThere() throws IOException {
        assertEquals(
                temp.resolve("a/b"),
                yamls.load("run.output_dir=" + temp + "/a/b").run().outputDir());
    }

    @ParameterizedTest
    @ValueSource(strings = {"run.output_dir", "model.ckpt", "model.prompt_template", STORAGE})
    void aNulCharacterIsToldByItsKey(String key) throws IOException {
        List<String> mistakes = yamls.mistakes(yamls.minimal(), key + "=\"a\\0b\"");
        assertEquals(1, mistakes.size(), mistakes.toString());
        assertTrue(
                mistakes.get(0).contains(": " + key + ": holds a NUL character"), mistakes.get(0));
    }
}
