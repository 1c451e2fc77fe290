package org.minigpt4j.chat.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * OpenAI's own clients against a server with few places, so that they must come back by themselves.
 * Each runs where it is at hand: {@code OPENAI_PYTHON} names a Python that has openai, {@code
 * NODE_PATH} a folder of Node modules, {@code OPENAI_JAVA} the class path of openai-java.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OfficialClientsIT {

    private static final int CLIENTS = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir static Path temp;
    private ChatModel model;
    private ChatServer server;
    private Path picture;

    @BeforeAll
    void open() throws IOException {
        model = ChatModel.open(NanoChat.config(temp), (key, bytes) -> {});
        var limits = new ServerSettings.Limits(1 << 20, 2, 16, 3, 64, 8, 8, 8192, 16);
        server =
                new ChatServer(
                        model,
                        "nano",
                        new ServerSettings("127.0.0.1", 0, Optional.empty(), Set.of(), limits),
                        System.err::println);
        picture = Files.write(temp.resolve("picture.jpg"), new SceneWorld(3, 128).jpeg(0));
    }

    @AfterAll
    void close() {
        server.close();
        model.close();
    }

    @Test
    void python() throws Exception {
        String python = System.getenv().getOrDefault("OPENAI_PYTHON", "python3");
        assumeTrue(runs(python, "-c", "import openai"), python + " has no openai");
        talk(python, "docs/peers/openai_client.py");
    }

    @Test
    void node() throws Exception {
        assumeTrue(runs("node", "-e", "require('openai')"), "Node has no openai (NODE_PATH)");
        talk("node", "docs/peers/openai_client.cjs");
    }

    @Test
    void java() throws Exception {
        String classPath = System.getenv("OPENAI_JAVA");
        assumeTrue(classPath != null, "OPENAI_JAVA names no class path of openai-java");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        talk(java, "-cp", classPath, "docs/peers/OpenAiClient.java");
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return TestProcess.start(
                                    new ProcessBuilder(command)
                                            .redirectErrorStream(true)
                                            .redirectOutput(ProcessBuilder.Redirect.DISCARD),
                                    PATIENCE)
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false; // there is no such program
        }
    }

    private void talk(String... client) throws Exception {
        List<String> command = new ArrayList<>(List.of(client));
        command.addAll(
                List.of(
                        server.address() + "/v1",
                        "nano",
                        picture.toString(),
                        Integer.toString(CLIENTS)));
        Process process =
                TestProcess.start(new ProcessBuilder(command).redirectErrorStream(true), PATIENCE);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        assertTrue(said.contains("OK " + CLIENTS + " at once"), said);
    }
}
