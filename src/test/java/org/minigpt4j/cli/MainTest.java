package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Resources;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

class MainTest {

    /** What a command printed, and its exit code. */
    private record Ran(int code, String out, String err) {}

    @Test
    void everyCommandExplainsItself() {
        for (List<String> words : commands()) {
            List<String> args = new ArrayList<>(words);
            args.add("--help");
            Ran ran = run(args.toArray(String[]::new));
            assertEquals(0, ran.code(), words + ran.err());
            assertTrue(ran.out().startsWith("Usage: "), words + ran.out());
        }
    }

    @Test
    void aCommandIsKnownByTheNameOfItsClass() {
        Main.commandLine()
                .getSubcommands()
                .forEach(
                        (name, command) -> {
                            Class<?> type = command.getCommandSpec().userObject().getClass();
                            assertTrue(
                                    Main.isCalled(type, name) || type == GenerateCompletion.class,
                                    name + " makes the start read the annotations of all commands");
                        });
    }

    @Test
    void optionsAreThoseThatUsersKnow() throws Exception {
        var lines = new TreeSet<String>();
        for (List<String> words : commands()) {
            CommandLine command = Main.commandLine();
            for (String word : words) {
                command = command.getSubcommands().get(word);
            }
            var options = new TreeSet<String>();
            command.getCommandSpec()
                    .options()
                    .forEach(option -> options.addAll(List.of(option.names())));
            lines.add((String.join(" ", words) + ": " + String.join(" ", options)).strip());
        }
        String expected = Files.readString(Resources.path("org/minigpt4j/cli/options.txt"));
        assertEquals(
                expected.strip(),
                String.join("\n", lines),
                "the command line changed; if that is meant, change options.txt with it");
    }

    /** A command that fails as only the machine can make one fail. */
    @CommandLine.Command(name = "broken")
    static final class Broken implements Runnable {

        private final Throwable failure;

        Broken(Throwable failure) {
            this.failure = failure;
        }

        @Override
        public void run() {
            if (failure instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(failure);
        }
    }

    @Test
    void errorsOfTheMachineAreOneSentence() {
        Error memory = new OutOfMemoryError("Java heap space");
        for (Throwable failure : List.of(memory, new IllegalStateException(memory))) {
            String said = broken(failure);
            assertTrue(said.startsWith("out of memory (Java heap space); Java may use "), said);
            assertTrue(said.contains("Lower run.batch_size_train"), said);
            assertEquals(1, said.lines().count(), said);
        }
        String said = broken(new StackOverflowError());
        assertTrue(said.startsWith("unexpected error: java.lang.StackOverflowError"), said);
        assertFalse(said.contains("\tat "), said);
    }

    private static String broken(Throwable failure) {
        var err = new StringWriter();
        int code =
                Main.commandLine()
                        .addSubcommand(new Broken(failure))
                        .setErr(new PrintWriter(err, true))
                        .execute("broken");
        assertEquals(1, code);
        return err.toString();
    }

    @Test
    void wrongUseEndsWithTwoAndSaysWhatToDo() {
        assertWrong("name a command", new String[0]);
        assertWrong("--cfg-path", "train");
        assertWrong("Did you mean train?", "tran");
        assertWrong("Did you mean train?", "trian");
        assertWrong("Did you mean --cfg-path?", "train", "--cfg-pth=x", "--cfg-path", "y");
        assertWrong("see 'minigpt4j --help'", "nonsense");
        assertWrong("preset", "weights", "random", "--preset", "6b", "--out", "x");
        String stage1 = "train_configs/quickstart_stage1.yaml";
        assertWrong(
                "--steps 43: a trend takes at least 44",
                "bench",
                "soak",
                "--cfg-path",
                stage1,
                "--steps",
                "43");
    }

    @Test
    void mistakesInAFileEndWithTwoAndNoStackTrace(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("bad.yaml");
        Files.writeString(file, "model:\n  max_txt_length: 12\nrun:\n  init_lr: fast\n");
        Ran ran = run("train", "--cfg-path", file.toString());
        assertEquals(2, ran.code());
        assertTrue(ran.err().contains("bad.yaml:2"), ran.err());
        assertTrue(ran.err().contains("max_txt_len"), ran.err());
        assertTrue(ran.err().contains("bad.yaml:4"), ran.err());
        assertFalse(ran.err().contains("\tat "), ran.err());
        Ran verbose = run("--verbose", "train", "--cfg-path", file.toString());
        assertTrue(verbose.err().contains("\tat "), verbose.err());
    }

    @Test
    void aMissingFileIsNamed() {
        Ran ran = run("train", "--cfg-path", "no/such.yaml");
        assertEquals(2, ran.code());
        assertTrue(ran.err().contains("no/such.yaml"), ran.err());
        assertTrue(ran.err().contains(" in " + Path.of("").toAbsolutePath()), ran.err());
    }

    @Test
    void aBenchmarkWithoutPicturesSaysWhatDrawsSome(@TempDir Path folder) {
        String none = folder.resolve("none").toString();
        assertWrong(none + " is not a folder; docs/peers/pictures.py", "bench", "data", none);
        assertWrong("contains no .jpg", "bench", "prepare", "--peer", "x", folder.toString());
    }

    @Test
    void aFileForAnotherCommandNamesThatCommand() {
        assertWrong(
                "is a file for launch/prepare: it has the section prepare",
                "train",
                "--cfg-path",
                "dataset/minigpt4_stage1.yaml");
        assertWrong(
                "is a file for launch/prepare: it has the section align",
                "doctor",
                "--cfg-path",
                "dataset/minigpt4_stage2.yaml");
        assertWrong(
                "is a file for launch/train: it has the section run",
                "prepare",
                "--cfg-path",
                "train_configs/quickstart_stage1.yaml");
        assertWrong(
                "is a file for evaluation",
                "train",
                "--cfg-path",
                "eval_configs/minigpt4_eval.yaml");
    }

    @Test
    void examplesOfTheHelpCanBeTyped() {
        int seen = 0;
        for (List<String> words : commands()) {
            List<String> args = new ArrayList<>(words);
            args.add("--help");
            String help = run(args.toArray(String[]::new)).out().replaceAll("\\\\\n +", "");
            for (String line : help.split("\n")) {
                if (line.startsWith("  launch/")) {
                    seen++;
                    String[] typed =
                            line.strip()
                                    .substring("launch/".length())
                                    .replaceAll("\"[^\"]*\"", "x")
                                    .split(" ");
                    Main.commandLine().parseArgs(typed);
                }
            }
            assertFalse(help.contains("\n  " + String.join(" ", words) + " --"), help);
        }
        assertTrue(seen >= 5, "only " + seen + " examples");
    }

    @Test
    void aTildeIsTheUsersFolderAndAnothersIsRefused() {
        Ran ran = run("train", "--cfg-path", "~/no/such.yaml");
        assertTrue(ran.err().contains(System.getProperty("user.home") + "/no"), ran.err());
        assertWrong("begins with ~ and a user's name", "train", "--cfg-path", "~nobody/x.yaml");
    }

    @Test
    void aForecastForAGpuNeedsNoFilesAndListsThem() {
        String stage1 = "train_configs/minigpt4_stage1_pretrain.yaml";
        Ran ran = run("doctor", "--cfg-path", stage1, "--gpu", "a100", "--devices", "4");
        assertEquals(0, ran.code(), ran.out() + ran.err());
        assertEquals(5, ran.out().lines().filter(line -> line.startsWith("LACKS")).count());
        assertTrue(ran.out().contains("40 layers of 5120 channels, those of 13b"), ran.out());
        assertTrue(ran.out().contains("256 samples in 4 micro-batches"), ran.out());
        assertTrue(ran.out().contains("20,000 steps"), ran.out());
        assertTrue(ran.out().contains("This is a forecast, not a measurement"), ran.out());
        Ran small = run("doctor", "--cfg-path", stage1, "--gpu", "rtx4090", "--preset", "7b");
        assertTrue(small.out().contains("32 layers of 4096 channels, those of 7b"), small.out());
        assertTrue(
                small.out().contains("A run would not begin."), "24 GB are too few for batch 64");
    }

    @Test
    void completionKnowsTheCommands() {
        Ran ran = run("generate-completion");
        assertEquals(0, ran.code());
        assertTrue(ran.out().contains("--cfg-path"), "no option of train in the script");
    }

    private static void assertWrong(String says, String... args) {
        Ran ran = run(args);
        assertEquals(2, ran.code(), List.of(args) + ran.err());
        assertTrue(ran.err().contains(says), ran.err());
        assertFalse(ran.err().contains("\tat "), ran.err());
    }

    private static Ran run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        int code = command.execute(args);
        return new Ran(code, out.toString(), err.toString());
    }

    /** Every command and sub-command, as the words that name it. */
    private static List<List<String>> commands() {
        List<List<String>> all = new ArrayList<>();
        collect(Main.commandLine(), List.of(), all);
        return all;
    }

    private static void collect(CommandLine at, List<String> words, List<List<String>> all) {
        all.add(words);
        at.getSubcommands()
                .forEach(
                        (name, command) -> {
                            List<String> longer = new ArrayList<>(words);
                            longer.add(name);
                            collect(command, longer, all);
                        });
    }
}
