package org.minigpt4j.cli.weights;

import org.minigpt4j.chat.Canary;
import org.minigpt4j.chat.KnownCanaries;
import org.minigpt4j.chat.ModelCheck;
import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.io.ForeignText;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code weights verify}: checks that a loaded model computes the expected results. */
@Command(
        name = "verify",
        description = {
            "Loads a trained model and runs a fixed picture, question and caption"
                    + " through it. Prints the caption's loss and the answer's first tokens,"
                    + " and warns if the loss is that of a language model that guesses (a delta"
                    + " that was never merged) or of another model's prompt.",
            "",
            "With --known FILE it looks these weights up by their hash, shows the"
                    + " expected results, and fails if the loss differs."
        })
final class WeightsVerify implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Option(
            names = "--known",
            paramLabel = "FILE",
            description = "A file with expected results, written by --remember.")
    private Path known;

    @Option(
            names = "--remember",
            description = "Add the results for these weights to the file of --known.")
    private boolean remember;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (remember && known == null) {
            throw new ParameterException(spec.commandLine(), "--remember adds to --known FILE");
        }
        PrintWriter print = spec.commandLine().getOut();
        ModelCheck check = ModelCheck.of(EvalConfig.load(config.file(), config.overrides()));
        Canary canary = check.canary();
        print.println("files            " + check.name());
        print.println(
                String.format(
                        Locale.ROOT,
                        "plain sentences  loss %.4f (guessing: %.4f)",
                        check.speech().loss(),
                        check.speech().guessing()));
        print.println(
                String.format(
                        Locale.ROOT,
                        "the caption      loss %.4f (\"%s\")",
                        canary.loss(),
                        Canary.CAPTION));
        print.println(
                "the answer       tokens %s: %s"
                        .formatted(
                                Arrays.toString(canary.tokens()),
                                ForeignText.line(check.answer())));
        check.warnings().forEach(warning -> print.println("WARNING          " + warning));
        if (known != null) {
            var canaries = new KnownCanaries(known);
            print.println(
                    "expected         "
                            + canaries.expected(check).orElse("not known to %s".formatted(known)));
            print.flush();
            if (remember) {
                canaries.remember(check);
            } else {
                canaries.require(check);
            }
        }
        print.flush();
        return 0;
    }
}
