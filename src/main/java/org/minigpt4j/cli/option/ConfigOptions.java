package org.minigpt4j.cli.option;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;

/** The options of commands that read a YAML file. */
public final class ConfigOptions {

    @Option(
            names = "--cfg-path",
            required = true,
            paramLabel = "FILE",
            description = "The configuration, a YAML file.")
    private Path file;

    @Option(
            names = "--options",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description =
                    "Override keys of the file: key=value pairs, or keys and values"
                            + " alternating. Must be the last option.")
    private List<String> overrides = List.of();

    public Path file() {
        return file;
    }

    public List<String> overrides() {
        return overrides;
    }
}
