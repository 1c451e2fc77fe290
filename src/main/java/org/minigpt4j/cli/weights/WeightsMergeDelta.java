package org.minigpt4j.cli.weights;

import org.minigpt4j.UsageException;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.weights.DeltaMerge;
import org.minigpt4j.weights.DeltaMerge.Version;
import org.minigpt4j.weights.TensorInfo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code weights merge-delta}: creates Vicuna from LLaMA and a delta. */
@Command(
        name = "merge-delta",
        description = "Makes Vicuna from the original LLaMA and a Vicuna delta, as FastChat does.")
public final class WeightsMergeDelta implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    @Option(
            names = "--base",
            required = true,
            paramLabel = "DIR",
            description = "The original LLaMA, as a Hugging Face folder.")
    private Path base;

    @Option(
            names = "--delta",
            required = true,
            paramLabel = "DIR",
            description = "The delta, such as vicuna-7b-delta-v0.")
    private Path delta;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder to write.")
    private Path out;

    @Option(
            names = "--version",
            paramLabel = "v0|v1.1",
            description = "The delta's version. Default: recognised by the vocabulary sizes.")
    private String version;

    @Override
    public Integer call() {
        PrintWriter print = spec.commandLine().getOut();
        DeltaMerge.Result result =
                new DeltaMerge(base, delta, out, Optional.ofNullable(version).map(this::parse))
                        .run(new TensorProgress(print, "merged"));
        long bytes = result.tensors().stream().mapToLong(TensorInfo::byteLength).sum();
        print.println(
                "%s: Vicuna %s, %d tensors, %s"
                        .formatted(
                                out,
                                result.version(),
                                result.tensors().size(),
                                ByteCount.text(bytes)));
        if (result.version() != Version.V0) {
            print.println("note: MiniGPT-4's prompts and published projections need Vicuna v0");
        }
        if (result.tokenizer().isEmpty()) {
            print.println("the delta has no tokenizer; copy its tokenizer.model into " + out);
        }
        print.flush();
        return 0;
    }

    private Version parse(String text) {
        for (Version known : Version.values()) {
            if (known.toString().equals(text)) {
                return known;
            }
        }
        throw new UsageException("there is no delta version %s; use v0 or v1.1".formatted(text));
    }
}
