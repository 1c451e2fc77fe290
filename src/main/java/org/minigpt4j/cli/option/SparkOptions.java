package org.minigpt4j.cli.option;

import org.minigpt4j.UsageException;

import picocli.CommandLine.Option;

import java.util.Map;
import java.util.Optional;

/** The options of commands that run as a Spark job. */
public final class SparkOptions {

    @Option(
            names = "--master",
            paramLabel = "MASTER",
            description =
                    "Spark's master, such as local[8] or spark://host:7077. Default:"
                            + " spark-submit's, otherwise all cores of this machine.")
    private Optional<String> master = Optional.empty();

    @Option(
            names = "--conf",
            paramLabel = "KEY=VALUE",
            description =
                    "A Spark setting; may be repeated. spark.hadoop.* settings"
                            + " configure the file systems.")
    private Map<String, String> settings = Map.of();

    public Optional<String> master() {
        return master;
    }

    /**
     * The settings from {@code --conf}.
     *
     * @throws UsageException if one is not a Spark setting
     */
    public Map<String, String> settings() {
        for (String key : settings.keySet()) {
            if (!key.startsWith("spark.")) {
                throw new UsageException(
                        "--conf " + key + ": is not a Spark setting; those begin with spark.");
            }
        }
        return settings;
    }
}
