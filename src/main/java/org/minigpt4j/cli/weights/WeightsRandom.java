package org.minigpt4j.cli.weights;

import org.minigpt4j.cli.option.PresetName;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code launch/weights random}: writes random weights in the layouts of the real files. */
@Command(
        name = "random",
        description = {
            "Writes random weights in the layouts of the real files, for benchmarks"
                    + " and for trying things out.",
            "",
            "The folder gets eva_vit_g.safetensors, blip2_pretrained_flant5xxl.safetensors and"
                    + " llama/, a Hugging Face folder in shards with config.json and index (the"
                    + " nano preset also has a tokenizer)."
        })
final class WeightsRandom implements Callable<Integer> {

    @Option(
            names = "--preset",
            required = true,
            converter = PresetName.class,
            paramLabel = "PRESET",
            description = "Sizes: nano, mid, 7b or 13b.")
    private Preset preset;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder to write; it must not contain weights yet.")
    private Path out;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the values. Default: ${DEFAULT-VALUE}.")
    private long seed = 0;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter print = spec.commandLine().getOut();
        long bytes = new RandomModel(preset, seed).write(out);
        print.printf("wrote %s of random weights (%s) to %s%n", ByteCount.text(bytes), preset, out);
        return 0;
    }
}
