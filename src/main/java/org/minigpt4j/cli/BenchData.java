package org.minigpt4j.cli;

import org.minigpt4j.bench.DataBench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/bench data}: how many pictures a core makes ready in a second. */
@Command(
        name = "data",
        description = {
            "Times decoding and resizing of JPEG files on one core.",
            "",
            "docs/peers/pil_decode.py does the same with PIL; docs/data.md shows both."
        })
final class BenchData implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "FOLDER", description = "Folders of .jpg files.")
    private List<Path> folders;

    @Option(
            names = "--image-size",
            paramLabel = "PIXELS",
            defaultValue = "224",
            description = "Edge of the pictures made. Default: ${DEFAULT-VALUE}.")
    private int imageSize;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "6",
            description = "How long to measure a folder. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        for (Path folder : folders) {
            spec.commandLine().getOut().println(new DataBench(folder, imageSize, seconds).run());
            spec.commandLine().getOut().flush();
        }
        return 0;
    }
}
