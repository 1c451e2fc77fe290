package org.minigpt4j.cli.weights;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.export.TransformersExport;
import org.minigpt4j.chat.export.UpstreamExport;
import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.weights.TensorInfo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code weights export}: exports a trained model for other programs. */
@Command(
        name = "export",
        description = {
            "Exports a trained model: for transformers, as a folder that"
                    + " Blip2ForConditionalGeneration.from_pretrained opens, or for minigpt4,"
                    + " as the .pth that upstream's Python code accepts as model.ckpt.",
            "",
            "A folder for transformers is loaded again; the command succeeds only if"
                    + " it gives the same loss, logits and tokens for a fixed picture."
        })
final class WeightsExport implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Option(
            names = "--format",
            required = true,
            paramLabel = "transformers|minigpt4",
            description = "The program to export for.")
    private String format;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder to write.")
    private Path out;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter print = spec.commandLine().getOut();
        EvalConfig file = EvalConfig.load(config.file(), config.overrides());
        switch (format) {
            case "minigpt4" ->
                    print.println(
                            "%s: for model.ckpt".formatted(new UpstreamExport(file, out).run()));
            case "transformers" -> {
                TransformersExport.Result result =
                        new TransformersExport(file, out).run(new TensorProgress(print, "wrote"));
                long bytes = result.tensors().stream().mapToLong(TensorInfo::byteLength).sum();
                print.println(
                        "%s: %d tensors, %s"
                                .formatted(out, result.tensors().size(), ByteCount.text(bytes)));
                print.println(
                        String.format(
                                Locale.ROOT,
                                "loaded again, it gives the same loss (%.4f), logits and tokens",
                                result.canary().loss()));
            }
            default ->
                    throw new UsageException(
                            "--format %s: give transformers or minigpt4".formatted(format));
        }
        print.flush();
        return 0;
    }
}
