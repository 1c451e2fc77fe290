package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareConfig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
        for (String source : List.of("out/web", "out", "out/")) {
            String message = refused(config("sources.web.path=" + temp + "/" + source));
            assertTrue(message.contains("lies in sources.web.path"), message);
        }
        assertEquals(List.of("cat.png"), List.of(folder.toFile().list()));
    }
}
