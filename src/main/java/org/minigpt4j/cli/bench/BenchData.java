package org.minigpt4j.cli.bench;

import org.minigpt4j.bench.DataBench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code launch/bench data}: measures how many pictures per second one core decodes and resizes.
 */
@Command(
        name = "data",
        description = {
            "Times decoding and resizing of JPEG files on one core, as the workers of"
                    + " training do.",
            "",
            "docs/peers/pictures.py draws pictures for it; docs/peers/pil_decode.py"
                    + " is a peer to compare with. docs/data.md shows how to use both."
        })
final class BenchData implements Callable<Integer> {

    @Mixin private PictureBenchOptions options = new PictureBenchOptions(224);

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        options.run(
                List.of("bench", "data"),
                folder -> new DataBench(folder, options.imageSize(), options.seconds()).run(),
                spec.commandLine().getOut());
        return 0;
    }
}
