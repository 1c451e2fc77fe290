package org.minigpt4j.train.run;

import org.minigpt4j.FailedException;
import org.minigpt4j.config.TrainConfig;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A configuration on its way to other hosts. It means the same there: relative paths stay those of
 * the folder in which it was read.
 *
 * @param name of its file
 * @param yaml the file's text
 * @param options on top of it
 */
record ShippedConfig(String name, String yaml, List<String> options) implements Serializable {

    /**
     * Packs one.
     *
     * @param config what the file and the options came to here
     * @throws FailedException if the file cannot be read
     */
    static ShippedConfig of(Path file, List<String> options, TrainConfig config) {
        List<String> all = new ArrayList<>(options);
        all.addAll(config.absolutePaths());
        try {
            return new ShippedConfig(
                    file.getFileName().toString(), Files.readString(file), List.copyOf(all));
        } catch (IOException e) {
            throw new FailedException("cannot read %s: %s".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Reads it on a host.
     *
     * @param folder of this process alone, for the file and for what is written
     * @param gpus that Spark gave the task, by number; empty if it gives out none
     * @throws org.minigpt4j.UsageException if something named is not there
     */
    TrainConfig open(Path folder, List<String> gpus) throws IOException {
        Path copy = folder.resolve(name);
        Files.writeString(copy, yaml);
        List<String> all = new ArrayList<>(options);
        all.add("run.output_dir=" + folder.resolve("output"));
        return RankDevices.given(all, gpus, given -> TrainConfig.load(copy, given));
    }
}
