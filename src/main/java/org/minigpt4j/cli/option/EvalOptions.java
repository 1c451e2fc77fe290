package org.minigpt4j.cli.option;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.EvalConfig;

import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The options of commands that open a trained model. The default is the quickstart's model. */
public final class EvalOptions {

    private static final Path QUICKSTART = Path.of("eval_configs", "quickstart_eval.yaml");

    @Option(
            names = "--cfg-path",
            paramLabel = "FILE",
            description =
                    "An evaluation file (YAML) that names the model. Default: the"
                            + " quickstart's model (eval_configs/quickstart_eval.yaml).")
    private Path file;

    @Option(
            names = "--options",
            arity = "1..*",
            paramLabel = "KEY=VALUE",
            description = "Override keys of the file. Must be the last option.")
    private List<String> overrides = List.of();

    /**
     * Reads the configuration.
     *
     * @throws UsageException if there is no model to open
     */
    public EvalConfig load() {
        if (file == null && !Files.exists(Path.of("output", "quickstart", "stage2"))) {
            throw new UsageException(
                    "The quickstart has no trained model yet. Run launch/quickstart, or name a"
                            + " model with --cfg-path, such as eval_configs/minigpt4_eval.yaml.");
        }
        return EvalConfig.load(file == null ? QUICKSTART : file, overrides);
    }
}
