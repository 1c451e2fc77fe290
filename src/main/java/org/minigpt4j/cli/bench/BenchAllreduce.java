package org.minigpt4j.cli.bench;

import org.minigpt4j.UsageException;
import org.minigpt4j.bench.AllreduceBench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code launch/bench allreduce}: times the exchange of gradients between hosts. */
@Command(
        name = "allreduce",
        description = {
            "Times how the ranks of a run on several hosts add up their gradients."
                    + " The ranks are threads of one process, connected over the loopback"
                    + " interface. Compares the sum, bit for bit, with that of a single"
                    + " process.",
            "",
            "All ranks share this machine's cores, unlike real hosts; docs/scaling.md"
                    + " explains what this means for a network."
        },
        footer = {"", "Example:", "  launch/bench allreduce --ranks 2,4,8"})
final class BenchAllreduce implements Callable<Integer> {

    @Option(
            names = "--ranks",
            split = ",",
            paramLabel = "N",
            description =
                    "How many ranks; each number is timed in turn. Default:" + " ${DEFAULT-VALUE}.")
    private List<Integer> ranks = List.of(2, 4, 8);

    @Option(
            names = "--megabytes",
            paramLabel = "MB",
            description =
                    "Size of a gradient, in millions of bytes. Default:"
                            + " ${DEFAULT-VALUE}, as for Vicuna 13B.")
    private double megabytes = 15.7;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "How many steps to time. Default: ${DEFAULT-VALUE}.")
    private int steps = 20;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (megabytes <= 0 || megabytes > 1000 || steps < 1) {
            throw new UsageException("--megabytes is from 0 to 1000 and --steps at least 1");
        }
        for (int count : ranks) {
            if (count < 1 || count > 256) {
                throw new UsageException("--ranks: %d is not from 1 to 256".formatted(count));
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        AllreduceBench bench = new AllreduceBench(Math.round(megabytes * 1e6), steps);
        for (int count : ranks) {
            AllreduceBench.Result one = bench.run(count);
            out.printf(
                    Locale.ROOT,
                    "%d ranks, %.1f MB: %.1f ms a step (best %.1f), same bits; copying the bytes"
                            + " takes %.1f ms%n",
                    one.ranks(),
                    one.bytes() / 1e6,
                    one.medianMillis(),
                    one.bestMillis(),
                    one.copyMillis());
            out.flush();
        }
        return 0;
    }
}
