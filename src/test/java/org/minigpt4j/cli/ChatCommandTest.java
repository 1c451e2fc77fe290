package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.nano.scene.SceneWorld;

import picocli.CommandLine;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class ChatCommandTest {

    @TempDir static Path temp;
    private static Path scene;
    private static List<String> options;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void make() throws Exception {
        scene = temp.resolve("scène 1.jpg");
        Files.write(scene, new SceneWorld(3, 128).jpeg(0));
        options = NanoChat.options(temp);
    }

    private int chat(String input, String... arguments) {
        List<String> line = new ArrayList<>(List.of("chat", "--greedy", "--max-new-tokens", "8"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--cfg-path", NanoChat.FILE.toString(), "--options"));
        line.addAll(options);
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            CommandLine command = Main.commandLine();
            command.setOut(new PrintWriter(out, true));
            command.setErr(new PrintWriter(err, true));
            return command.execute(line.toArray(String[]::new));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void oneQuestionPrintsTheAnswerAlone() {
        String image = scene.toString();
        assertEquals(0, chat("", "--image", image, "--question", "what is it?"), err::toString);
        String answer = out.toString();
        assertEquals(1, answer.lines().count(), answer);
        assertEquals("", err.toString());

        out.getBuffer().setLength(0);
        assertEquals(0, chat("what is it?\n", "--image", image), err::toString);
        assertEquals(answer.strip(), out.toString().strip());
    }

    @Test
    void aConversationGoesOnAfterMistakes() {
        String talk =
                """
                what is it?
                /image no-such-file.jpg
                /nonsense
                /again
                /new
                /again
                /image %s
                and now?
                /quit
                never asked
                """
                        .formatted(scene);
        assertEquals(0, chat(talk, "--image", scene.toString()), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertTrue(lines.contains("no-such-file.jpg does not exist; name a picture"));
        assertTrue(lines.contains("unknown command; use /image FILE, /new, /again or /quit"));
        assertTrue(lines.contains("There is no answer to repeat."));
        assertEquals(lines.get(0), lines.get(3), "the same answer again: " + lines);
    }

    @Test
    void aQuestionThatIsTooLongIsRefusedAndForgotten() {
        String talk =
                """
                what is it?
                /new
                /image "%s"
                %s
                what is it?
                /image %s
                /image a\0b
                /image /
                """
                        .formatted(scene, "why ".repeat(3000), temp);
        assertEquals(0, chat(talk, "--image", scene.toString(), "--refuse-long"), err::toString);
        List<String> lines = out.toString().lines().toList();
        assertTrue(lines.get(1).startsWith("The conversation has "), lines.toString());
        assertEquals(lines.get(0), lines.get(2), "as if it had not been asked");
        assertEquals(temp + " is not a file; name a picture", lines.get(3));
        assertTrue(lines.get(4).endsWith(" is not a valid file name"), lines.get(4));
        assertEquals("/ is not a file; name a picture", lines.get(5));
    }

    @Test
    void mistakesAreToldBeforeWeightsAreLoaded() {
        assertEquals(2, chat("", "--image", "no-such-file.jpg", "--question", "what?"));
        assertTrue(err.toString().contains("no-such-file.jpg does not exist"), err.toString());
        assertEquals(2, chat("", "--temperature", "9"));
        assertTrue(err.toString().contains("--temperature must be from 0.1 to 2"), err.toString());
    }
}
