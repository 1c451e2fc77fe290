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
 * A configuration that is sent to other hosts. Its meaning stays the same: relative paths still
 * refer to the folder in which it was read.
 *
 * @param name name of its file
 * @param yaml text of the file
 * @param options overrides
 */
record ShippedConfig(String name, String yaml, List<String> options) implements Serializable {

    /**
     * Packs a configuration.
     *
     * @param config the result of the file and the options on this host
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
     * Reads the configuration on a host.
     *
     * @param folder a folder of this process, for the file and for output
     * @param gpus numbers of the GPUs assigned to the task; empty if Spark assigns none
     * @throws org.minigpt4j.UsageException if a named file does not exist
     */
    TrainConfig open(Path folder, List<String> gpus) throws IOException {
        Path copy = folder.resolve(name);
        Files.writeString(copy, yaml);
        List<String> all = new ArrayList<>(options);
        all.add("run.output_dir=" + folder.resolve("output"));
        return RankDevices.given(all, gpus, given -> TrainConfig.load(copy, given));
    }
}
