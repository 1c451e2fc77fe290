package org.minigpt4j.cli;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.cli.bench.BenchCommand;
import org.minigpt4j.cli.eval.EvalCommand;
import org.minigpt4j.cli.option.Version;
import org.minigpt4j.cli.track.TrackCommand;
import org.minigpt4j.cli.weights.WeightsCommand;
import org.minigpt4j.config.NativeFolder;
import org.minigpt4j.config.bind.HomeFolder;
import org.minigpt4j.config.bind.Nearest;
import org.minigpt4j.io.DiskFull;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.ForeignWriter;
import org.minigpt4j.io.MemoryShortage;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The root command. Exit codes: 0 success, 1 failure, 2 wrong usage, 128 + n stopped by signal n.
 */
@Command(
        name = "minigpt4j",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        description =
                "Trains MiniGPT-4 on the JVM: the projection between a frozen"
                        + " image encoder and a frozen language model.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed; finished work is kept",
            "2:wrong use: a mistake in an option, a configuration or a file",
            "130:stopped by Ctrl-C and saved; run the same command to continue",
            "143:stopped by SIGTERM and saved; run the same command to continue"
        })
public final class Main implements Runnable {

    private static final List<Class<?>> COMMANDS =
            List.of(
                    TrainCommand.class,
                    ChatCommand.class,
                    DoctorCommand.class,
                    QuickstartCommand.class,
                    WeightsCommand.class,
                    PrepareCommand.class,
                    EncodeCommand.class,
                    ScenesCommand.class,
                    NanoCommand.class,
                    AblationCommand.class,
                    DemoCommand.class,
                    ServeCommand.class,
                    EvalCommand.class,
                    BenchCommand.class,
                    TrackCommand.class,
                    GenerateCompletion.class);

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of an error.")
    private boolean verbose;

    @Spec private CommandSpec spec;

    /** Runs a command and exits the JVM with its exit code. */
    public static void main(String[] args) {
        // Numbers in messages look as in the documentation, whatever the machine's locale.
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        // Reading the annotations of all commands takes longer than many commands run.
        List<Class<?>> named =
                COMMANDS.stream()
                        .filter(command -> args.length > 0 && isCalled(command, args[0]))
                        // the script for completion lists all commands
                        .filter(command -> command != GenerateCompletion.class)
                        .toList();
        System.exit(commandLine(named.isEmpty() ? COMMANDS : named).execute(args));
    }

    /** Whether a class is the command of that name, without reading its annotation. */
    static boolean isCalled(Class<?> command, String name) {
        return command.getSimpleName().toLowerCase(Locale.ROOT).equals(name + "command");
    }

    /** Builds the whole command tree. */
    public static CommandLine commandLine() {
        return commandLine(COMMANDS);
    }

    private static CommandLine commandLine(List<Class<?>> commands) {
        Main main = new Main();
        CommandLine root = new CommandLine(main);
        commands.forEach(root::addSubcommand);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setExecutionStrategy(main::execute);
        root.setExecutionExceptionHandler((e, command, parsed) -> main.report(e, command));
        root.setParameterExceptionHandler(Main::wrongUse);
        root.registerConverter(Path.class, Main::path);
        return root;
    }

    /**
     * Executes a command. Its output is filtered, so that foreign names and texts cannot control
     * the terminal.
     */
    private int execute(ParseResult parsed) {
        Integer help = CommandLine.executeHelpRequest(parsed); // help uses colours
        if (help != null) {
            return help;
        }
        CommandLine root = parsed.commandSpec().commandLine();
        root.setOut(new ForeignWriter(root.getOut()));
        root.setErr(new ForeignWriter(root.getErr()));
        try {
            NativeFolder.choose();
            return new CommandLine.RunLast().execute(parsed);
        } catch (MiniGpt4Exception e) {
            throw new ExecutionException(root, e.getMessage(), e);
        } catch (Error e) { // picocli does not handle errors
            return report(e, root);
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command");
    }

    private int report(Throwable e, CommandLine command) {
        PrintWriter err = command.getErr();
        boolean known = e instanceof MiniGpt4Exception;
        boolean noMemory = !known && MemoryShortage.caused(e);
        boolean noRoom = !known && DiskFull.caused(e);
        String message = "unexpected error: " + e;
        if (known) {
            message = e.getMessage();
        } else if (noMemory) {
            message = MemoryShortage.advice(e);
        } else if (noRoom) {
            message = DiskFull.advice(e, "a file of this command or of a library");
        }
        err.println(ForeignText.message(message));
        if (verbose) {
            e.printStackTrace(err);
        } else if (!known && !noMemory && !noRoom) {
            err.println("run again with --verbose for the stack trace, and report it");
        }
        return known ? ((MiniGpt4Exception) e).exitCode() : 1;
    }

    private static int wrongUse(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(ForeignText.message(e.getMessage()));
        List<String> near = e instanceof UnmatchedArgumentException u ? near(u) : List.of();
        err.println(
                near.isEmpty()
                        ? "see '%s --help' for its use"
                                .formatted(command.getCommandSpec().qualifiedName())
                        : "Did you mean %s?".formatted(String.join(" or ", near)));
        return 2;
    }

    /** Options or commands that the user may have meant by an unknown word. */
    private static List<String> near(UnmatchedArgumentException e) {
        if (e.getUnmatched().isEmpty()) {
            return List.of();
        }
        String word = e.getUnmatched().get(0).replaceFirst("=.*", "");
        CommandLine command = e.getCommandLine();
        return Nearest.to(
                word,
                word.startsWith("-")
                        ? command.getCommandSpec().optionsMap().keySet()
                        : command.getSubcommands().keySet());
    }

    private static Path path(String text) {
        try {
            return Path.of(HomeFolder.expand(text));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("'%s' %s".formatted(text, e.getMessage()));
        }
    }
}
