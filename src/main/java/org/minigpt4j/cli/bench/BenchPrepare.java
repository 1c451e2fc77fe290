package org.minigpt4j.cli.bench;

import org.minigpt4j.bench.PrepareBench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code launch/bench prepare}: measures how many downloaded pictures per second one core decodes,
 * resizes and encodes.
 */
@Command(
        name = "prepare",
        description = {
            "Times decoding, resizing and encoding of JPEG files, as in prepare.",
            "",
            "docs/peers/pictures.py draws pictures for it; docs/peers/pil_prepare.py"
                    + " is a peer to compare with."
        })
final class BenchPrepare implements Callable<Integer> {

    @Mixin private PictureBenchOptions options = new PictureBenchOptions(256);

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        options.run(
                List.of("bench", "prepare", "--threads", Integer.toString(threads)),
                folder ->
                        new PrepareBench(folder, options.imageSize(), threads, options.seconds())
                                .run(),
                spec.commandLine().getOut());
        return 0;
    }
}
