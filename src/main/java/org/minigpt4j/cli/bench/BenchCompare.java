package org.minigpt4j.cli.bench;

import org.minigpt4j.bench.Comparison;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code launch/bench compare}: times our training step and another program's in turn. */
@Command(
        name = "compare",
        description = {
            "Runs 'bench step' and another program in turn, each in a separate"
                    + " process, and prints the medians and the median of the ratios of"
                    + " neighbouring runs.",
            "",
            "The other program (the peer) gets the same options and must print the"
                    + " same line of JSON, as docs/peers/step.py does for Hugging Face on"
                    + " PyTorch."
        })
final class BenchCompare implements Callable<Integer> {

    @Mixin private StepOptions options;

    @Option(
            names = "--peer",
            required = true,
            paramLabel = "COMMAND",
            description =
                    "The peer's command, such as 'python3 docs/peers/step.py';"
                            + " split at spaces.")
    private String peer;

    @Option(
            names = "--runs",
            paramLabel = "N",
            description = "Runs of each program. Default: ${DEFAULT-VALUE}.")
    private int runs = 5;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        List<String> ours = new ArrayList<>(Comparison.thisProgram());
        ours.addAll(List.of("bench", "step"));
        ours.addAll(options.shared());
        List<String> theirs = new ArrayList<>(List.of(peer.trim().split("\\s+")));
        theirs.addAll(options.shared());
        Comparison.Result result =
                new Comparison(ours, theirs)
                        .run(
                                runs,
                                line -> {
                                    out.println(line);
                                    out.flush();
                                });
        out.printf(
                Locale.ROOT,
                "median samples/s: ours %.3f, peer %.3f; ratio %.2f (%.2f to %.2f); peak memory"
                        + " ours %.2f GB, peer %.2f GB%n",
                result.ours(),
                result.peer(),
                result.ratio(),
                result.lowest(),
                result.highest(),
                result.ourMemory(),
                result.peerMemory());
        return 0;
    }
}
