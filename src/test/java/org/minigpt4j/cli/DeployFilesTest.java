package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of {@code deploy} start commands that exist, of the version that is built. */
class DeployFilesTest {

    private static final Path DEPLOY = Path.of("deploy");

    @Test
    void theirCommandsParse() throws IOException {
        Map<?, ?> serve = at(yaml("compose.yaml"), "services", "serve");
        parse((List<?>) serve.get("command"));
        Map<?, ?> pod = at(yaml("kubernetes.yaml"), "spec", "template", "spec");
        Map<?, ?> train = (Map<?, ?>) ((List<?>) pod.get("containers")).get(0);
        parse((List<?>) train.get("args"));
        assertEquals("Never", pod.get("restartPolicy"), "a podFailurePolicy needs it");
        assertEquals("minigpt4j:" + version(), serve.get("image"));
        assertEquals("minigpt4j:" + version(), train.get("image"));
    }

    @Test
    void theImageIsOfThisVersion() throws IOException {
        String file = Files.readString(DEPLOY.resolve("Dockerfile"));
        assertTrue(file.contains("ARG VERSION=" + version() + "\n"), file);
        assertTrue(file.contains("launch/minigpt4j\"]"), file);
        String page = Files.readString(Path.of("docs", "deploy.md"));
        assertTrue(page.contains("minigpt4j-" + version() + ".tar.gz"), page);
    }

    private static void parse(List<?> words) {
        String[] args = words.stream().map(Object::toString).toArray(String[]::new);
        assertDoesNotThrow(() -> Main.commandLine().parseArgs(args), () -> words.toString());
    }

    private static Map<?, ?> yaml(String name) throws IOException {
        return new Yaml(new SafeConstructor(new LoaderOptions()))
                .load(Files.readString(DEPLOY.resolve(name)));
    }

    private static Map<?, ?> at(Map<?, ?> tree, String... path) {
        Map<?, ?> here = tree;
        for (String key : path) {
            here = (Map<?, ?>) here.get(key);
        }
        return here;
    }

    private static String version() throws IOException {
        Matcher version =
                Pattern.compile("<artifactId>minigpt4j</artifactId>\\s*<version>(.*?)</version>")
                        .matcher(Files.readString(Path.of("pom.xml")));
        assertTrue(version.find());
        return version.group(1);
    }
}
