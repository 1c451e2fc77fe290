package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.cli.bench.BenchSoak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Every command that the README, the docs and the shipped files tell users to type. */
class DocumentedCommandsTest {

    private static final Pattern BLOCK =
            Pattern.compile("```(?:bash|sh)\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)\\)");
    private static final Set<String> FOREIGN =
            Set.of(
                    "git", "cd", "mvn", "source", "python3", "pip", "export", "less", "mlflow",
                    "tar", "java");

    @Test
    void commandsInMarkdownAreCommandsWeHave() throws IOException {
        int seen = 0;
        for (Path page : pages()) {
            String text = Files.readString(page);
            Matcher block = BLOCK.matcher(text);
            while (block.find()) {
                for (String line : block.group(1).replace("\\\n", " ").split("\n")) {
                    seen += check(page, line);
                }
            }
            for (String line : text.split("\n")) {
                if (line.startsWith("    launch/")) {
                    seen += check(page, line);
                }
            }
        }
        assertTrue(seen > 3, "only " + seen + " commands found: is the pattern right?");
    }

    /** Whatever else was recorded below output by then, and a soak records nothing. */
    @Test
    void commandsOnTheQuickstartsRunsNameItsStore() throws IOException {
        int seen = 0;
        for (Path page : pages()) {
            for (String line : Files.readAllLines(page)) {
                if (line.matches("launch/track .*\\bstage[12]\\b.*")) {
                    assertTrue(line.contains("--store output/quickstart/mlflow.db"), line);
                    seen++;
                }
            }
        }
        assertTrue(seen > 1, "only " + seen + " commands found");
        assertEquals("none", BenchSoak.ours(100, Path.of("output/soak")).get("run.tracking.uri"));
    }

    @Test
    void shippedFilesOpenWithTheCommandThatRunsThem() throws IOException {
        for (String folder : List.of("train_configs", "eval_configs", "dataset")) {
            for (Path file : list(Path.of(folder), ".yaml")) {
                List<String> commands =
                        Files.readAllLines(file).stream()
                                .takeWhile(line -> line.startsWith("#"))
                                .map(line -> line.substring(1).strip())
                                .filter(line -> line.startsWith("launch/"))
                                .toList();
                assertTrue(
                        commands.stream().anyMatch(c -> c.contains(file.toString())),
                        file + " does not say what runs it: " + commands);
                commands.forEach(command -> check(file, command));
            }
        }
    }

    @Test
    void everyScriptStartsACommand() throws IOException {
        for (Path script : list(Path.of("launch"), "")) {
            assertTrue(Files.isExecutable(script), script + " is not executable");
            String name = script.getFileName().toString();
            assertTrue(
                    name.equals("minigpt4j")
                            || Main.commandLine().getSubcommands().containsKey(name),
                    script + " starts no command");
        }
    }

    @Test
    void linksInMarkdownLeadToFiles() throws IOException {
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                Path parent = page.getParent() == null ? Path.of("") : page.getParent();
                Path target = parent.resolve(link.group(1));
                assertTrue(Files.exists(target), page + " links to " + link.group(1));
            }
        }
    }

    @Test
    void everyPageOfTheDocsIsLinkedFromTheReadme() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (Path page : list(Path.of("docs"), ".md")) {
            assertTrue(readme.contains("](" + page + ")"), "README.md does not link " + page);
        }
    }

    /** Parses a line as our command line does, without running it; 1 if it is ours. */
    private static int check(Path page, String line) {
        String command =
                line.strip().replaceAll("\\s+#.*", "").replaceFirst("^(\\w+=\\S+\\s+)+", "");
        if (command.isEmpty() || command.startsWith("#")) {
            return 0;
        }
        List<String> words = words(command);
        String program = words.get(0);
        if (!program.startsWith("launch/")) {
            assertTrue(FOREIGN.contains(program), page + ": what is '" + program + "'?");
            return 0;
        }
        assertTrue(Files.isExecutable(Path.of(program)), page + ": " + program + " does not exist");
        List<String> args = new ArrayList<>(words.subList(1, words.size()));
        String name = program.substring("launch/".length());
        if (name.startsWith("spark/")) {
            // What stands before -- is spark-submit's, but for the command's name.
            name = args.get(0).equals("train") ? "train" : "prepare";
            args = new ArrayList<>(args.subList(args.indexOf("--") + 1, args.size()));
        }
        if (!name.equals("minigpt4j")) {
            args.add(0, name);
        }
        String[] parsed = args.toArray(String[]::new);
        assertDoesNotThrow(() -> Main.commandLine().parseArgs(parsed), page + ": " + command);
        for (String word : words) {
            if (word.matches("((train|eval)_configs|dataset)/.*\\.yaml")) {
                assertTrue(Files.exists(Path.of(word)), page + ": " + word + " does not exist");
            }
        }
        return 1;
    }

    private static List<String> words(String command) {
        Matcher word = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)").matcher(command);
        List<String> words = new ArrayList<>();
        while (word.find()) {
            words.add(
                    Stream.of(word.group(1), word.group(2), word.group(3))
                            .filter(w -> w != null)
                            .findFirst()
                            .orElseThrow());
        }
        return words;
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(list(Path.of("docs"), ".md"));
        pages.addAll(list(Path.of("dataset"), ".md"));
        for (String page : List.of("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")) {
            pages.add(Path.of(page + ".md"));
        }
        return pages;
    }

    private static List<Path> list(Path folder, String suffix) throws IOException {
        assertTrue(Files.isDirectory(folder), folder + " is missing");
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> found =
                    entries.filter(Files::isRegularFile)
                            .filter(p -> p.toString().endsWith(suffix))
                            .sorted()
                            .toList();
            assertFalse(found.isEmpty() && !suffix.equals(".md"), folder + " has no " + suffix);
            return found;
        }
    }
}
