package org.minigpt4j.cli;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code launch/scenes}: draws pictures with captions, in the formats of the large data sets. */
@Command(
        name = "scenes",
        description = {
            "Draws small scenes with descriptions, as data for trying things out.",
            "",
            "DIR/shards gets WebDataset tars for stage 1, DIR/align a cc_sbu_align folder for stage"
                    + " 2. The same seed gives the same files."
        })
final class ScenesCommand implements Callable<Integer> {

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The folder to write.")
    private Path out;

    @Option(
            names = "--stage1",
            paramLabel = "N",
            description = "Captioned pictures in shards. Default: ${DEFAULT-VALUE}.")
    private int stage1 = 2000;

    @Option(
            names = "--stage2",
            paramLabel = "N",
            description = "Pictures with detailed descriptions. Default: ${DEFAULT-VALUE}.")
    private int stage2 = 400;

    @Option(
            names = "--image-size",
            paramLabel = "PIXELS",
            description = "Side of a picture. Default: ${DEFAULT-VALUE}.")
    private int imageSize = 128;

    @Option(names = "--seed", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private long seed = 0;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        SceneWorld world = new SceneWorld(seed, imageSize);
        try {
            SceneShards.write(world, out.resolve("shards"), 0, stage1);
            SceneAlignFolder.write(world, out.resolve("align"), stage1, stage2);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(out, e);
        }
        spec.commandLine()
                .getOut()
                .printf(
                        "drew %,d scenes for stage 1 and %,d for stage 2 in %s%n",
                        stage1, stage2, out);
        return 0;
    }
}
