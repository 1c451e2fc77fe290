package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.chat.page.DemoPage.Example;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.nano.scene.SceneWorld;

import picocli.CommandLine;

import java.io.BufferedReader;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

@Timeout(120)
class DemoCommandTest {

    private static final Pattern ADDRESS = Pattern.compile("Open (http://\\S+) ");

    private static List<String> model;

    @TempDir Path temp;

    @BeforeAll
    static void make(@TempDir Path folder) {
        model = NanoChat.options(folder);
    }

    private List<String> line(String... arguments) {
        List<String> line = new ArrayList<>(List.of("demo", "--no-browser"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--cfg-path", NanoChat.FILE.toString(), "--options"));
        line.addAll(model);
        return line;
    }

    private static HttpResponse<String> get(String address, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void itPrintsWhereItIsAndEnds() throws Exception {
        Path pictures = Files.createDirectory(temp.resolve("pictures"));
        Files.write(pictures.resolve("one.JPG"), new SceneWorld(3, 64).jpeg(0));
        Path token = Files.writeString(temp.resolve("token"), "se cret\n");
        List<String> line =
                line(
                        "--token-file",
                        token.toString(),
                        "--port",
                        "0",
                        "--examples",
                        pictures.toString(),
                        "--checkpoint",
                        "first=untrained");
        PipedWriter written = new PipedWriter();
        BufferedReader out = new BufferedReader(new PipedReader(written));
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(written, true));
        Thread running = new Thread(() -> command.execute(line.toArray(String[]::new)));
        running.start();
        try {
            Matcher address;
            do {
                address = ADDRESS.matcher(out.readLine());
            } while (!address.find());
            String root = address.group(1).replaceFirst("/#token=se\\+cret$", "");
            assertTrue(root.startsWith("http://127.0.0.1:"), root);
            assertTrue(get(root + "/").body().contains("/demo/demo.js"));
            assertEquals(401, get(root + "/v1/models").statusCode());
            String told =
                    get(root + "/demo/settings.json", "Authorization", "Bearer se cret").body();
            assertTrue(told.contains("\"first\"") && told.contains("\"minigpt4j\""), told);
            assertTrue(told.contains("\"one.JPG\""), told);
        } finally {
            running.interrupt();
            running.join();
        }
    }

    @Test
    void mistakesAreToldBeforeWeightsAreLoaded() {
        for (String[] wrong :
                new String[][] {
                    {"other machines reach the server", "--host", "0.0.0.0"},
                    {"write NAME=PATH", "--checkpoint", "nothing"},
                    {"write NAME=PATH", "--checkpoint", "a/b=untrained"},
                    {"is not a folder", "--examples", "no/such"},
                }) {
            StringWriter err = new StringWriter();
            CommandLine command = Main.commandLine();
            command.setErr(new PrintWriter(err, true));
            command.setOut(new PrintWriter(new StringWriter()));
            String[] arguments = Arrays.copyOfRange(wrong, 1, wrong.length);
            assertEquals(2, command.execute(line(arguments).toArray(String[]::new)));
            String last = wrong[0].substring(wrong[0].indexOf(' ') + 1);
            assertTrue(err.toString().contains(last), err.toString());
        }
    }

    @Test
    void picturesOfAFolderAreOfferedByName() throws Exception {
        assertThrows(UsageException.class, () -> ExamplePictures.of(temp));
        for (int i = 0; i < 15; i++) {
            Files.write(temp.resolve("%02d.png".formatted(i)), new byte[] {1});
        }
        Files.write(temp.resolve("00.txt"), new byte[] {1});
        List<Example> found = ExamplePictures.of(temp);
        assertEquals(12, found.size());
        assertEquals("00.png", found.get(0).name());
        assertEquals("image/png", found.get(0).type());
        Files.write(temp.resolve("00.png"), new byte[9 << 20]);
        assertThrows(UsageException.class, () -> ExamplePictures.of(temp));
    }

    @Test
    void theQuickstartsExamplesAreScenesThatItDoesNotLearnFrom() {
        List<Example> examples = QuickstartDemo.examples(112);
        assertEquals(6, examples.size());
        for (int i = 0; i < examples.size(); i++) {
            assertEquals(3 * 32 * 32, new PictureReader(32).read(examples.get(i).picture()).length);
            assertTrue(examples.get(i).questions().size() > 1);
        }
        assertEquals(Optional.empty(), QuickstartDemo.checkpoints().get(0).path());
    }

    @Test
    void aBrowserIsOpenedWhereThereIsAScreen() {
        String address = "http://127.0.0.1:1/";
        assertEquals(
                Optional.of(List.of("xdg-open", address)),
                WebBrowser.command("Linux", Map.of("DISPLAY", ":0"), address));
        assertEquals(
                Optional.of(List.of("xdg-open", address)),
                WebBrowser.command("Linux", Map.of("WAYLAND_DISPLAY", "w"), address));
        assertEquals(Optional.empty(), WebBrowser.command("Linux", Map.of(), address));
        assertEquals(
                Optional.empty(),
                WebBrowser.command(
                        "Linux", Map.of("DISPLAY", ":10", "SSH_CONNECTION", "x"), address),
                "the screen is far away");
        assertTrue(WebBrowser.command("Mac OS X", Map.of(), address).isPresent());
        assertFalse(WebBrowser.command("Windows 11", Map.of(), address).isEmpty());
    }
}
