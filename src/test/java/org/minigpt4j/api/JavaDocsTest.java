package org.minigpt4j.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.NanoChat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import javax.imageio.ImageIO;
import javax.tools.ToolProvider;

/** The programs of docs/java.md and of the README are compiled and run. */
class JavaDocsTest {

    private static final List<Path> PAGES =
            List.of(Path.of("docs", "java.md"), Path.of("README.md"));
    private static final Pattern BLOCK = Pattern.compile("(?s)```java\\n(.*?)```");
    private static final Pattern NAME = Pattern.compile("public class (\\w+)");

    @TempDir static Path temp;
    private static Path configuration;
    private static Path picture;
    private static final Map<String, String> PROGRAMS = new TreeMap<>();

    @BeforeAll
    static void compile() throws Exception {
        String yaml = Files.readString(NanoChat.FILE);
        for (String option : NanoChat.options(temp)) {
            String key = option.substring("model.".length(), option.indexOf('='));
            String value = option.substring(option.indexOf('=') + 1);
            yaml = yaml.replaceAll("(?m)^  " + key + ": .*$", "  " + key + ": \"" + value + "\"");
        }
        configuration = Files.createDirectories(temp.resolve("model")).resolve("eval.yaml");
        Files.writeString(configuration, yaml);
        var image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        var graphics = image.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillOval(10, 10, 40, 40);
        graphics.dispose();
        picture = temp.resolve("picture.png");
        ImageIO.write(image, "png", picture.toFile());

        StringBuilder pages = new StringBuilder();
        for (Path page : PAGES) {
            pages.append(Files.readString(page));
        }
        var blocks = BLOCK.matcher(pages);
        while (blocks.find()) {
            var name = NAME.matcher(blocks.group(1));
            assertTrue(name.find(), blocks.group(1));
            PROGRAMS.put(name.group(1), blocks.group(1));
            Path file = temp.resolve(name.group(1) + ".java");
            Files.writeString(file, blocks.group(1));
            int result =
                    ToolProvider.getSystemJavaCompiler()
                            .run(
                                    null,
                                    null,
                                    null,
                                    "-proc:none",
                                    "-d",
                                    temp.resolve("classes").toString(),
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    file.toString());
            assertEquals(0, result, name.group(1));
        }
    }

    private static List<String> run(String name, String... arguments) throws Exception {
        PrintStream screen = System.out;
        var said = new ByteArrayOutputStream();
        URL[] classes = {temp.resolve("classes").toUri().toURL()};
        try (var loader = new URLClassLoader(classes, JavaDocsTest.class.getClassLoader())) {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            loader.loadClass(name)
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) arguments);
        } finally {
            System.setOut(screen);
        }
        return said.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void aPictureIsCaptioned() throws Exception {
        List<String> lines = run("Caption", configuration.toString(), picture.toString());
        assertTrue(lines.get(lines.size() - 1).matches("loss \\d+\\.\\d+"), lines.toString());
    }

    @Test
    void theReadmesProgramAnswers() throws Exception {
        List<String> lines =
                run("Ask", configuration.toString(), picture.toString(), "What is it?");
        assertFalse(lines.isEmpty());
    }

    @Test
    void criteriaLoadTheModel() throws Exception {
        List<String> lines = run("Load", configuration.toString(), picture.toString());
        assertFalse(lines.isEmpty());
    }

    @Test
    void aFolderWithOneConfigurationIsAConversation() throws Exception {
        run("Talk", configuration.getParent().toString(), picture.toString());
    }

    @Test
    void ownSamplesAreLearnedAndSaved() throws Exception {
        Path out = temp.resolve("trained.pth");
        List<String> lines =
                run("Train", configuration.toString(), picture.toString(), out.toString());
        double first = Double.parseDouble(lines.get(0).substring("loss ".length()));
        double last = Double.parseDouble(lines.get(lines.size() - 1).substring("loss ".length()));
        assertTrue(last < first, lines.toString());
        try (VisionModel model =
                VisionModel.open(configuration, "model.ckpt=" + out.toAbsolutePath())) {
            double loss = model.loss(Files.readAllBytes(picture), "a red circle");
            assertTrue(loss < first, loss + " after, " + first + " before");
        }
    }

    @Test
    void thePagesHaveFivePrograms() {
        assertEquals(Set.of("Ask", "Caption", "Load", "Talk", "Train"), PROGRAMS.keySet());
    }

    @Test
    void thePageNamesEveryPublicType() throws Exception {
        var types = new TreeSet<String>();
        try (var files = Files.list(Path.of("src/main/java/org/minigpt4j/api"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                if (!name.equals("package-info")
                        && Modifier.isPublic(
                                Class.forName("org.minigpt4j.api." + name).getModifiers())) {
                    types.add(name);
                }
            }
        }
        String page = Files.readString(PAGES.get(0));
        types.forEach(type -> assertTrue(page.contains("`" + type + "`"), type));
    }
}
