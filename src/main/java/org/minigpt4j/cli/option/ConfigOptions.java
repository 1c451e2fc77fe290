package org.minigpt4j.cli.option;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;

/** The options of a command that reads a YAML file. */
public final class ConfigOptions {

    @Option(
            names = "--cfg-path",
            required = true,
            paramLabel = "FILE",
            description = "The YAML file that says what to do.")
    private Path file;

    @Option(
            names = "--options",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description =
                    "Overrides of the file: key=value pairs, or keys and values in turn; the last"
                            + " option of the line.")
    private List<String> overrides = List.of();

    public Path file() {
        return file;
    }

    public List<String> overrides() {
        return overrides;
    }
}
