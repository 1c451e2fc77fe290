package org.minigpt4j.cli.option;

import org.minigpt4j.UsageException;

import picocli.CommandLine.Option;

import java.util.Map;
import java.util.Optional;

/** The options of a command that runs as a job of Spark's. */
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

    /** What {@code --conf} gave, which must be Spark's. */
    public Map<String, String> settings() {
        for (String key : settings.keySet()) {
            if (!key.startsWith("spark.")) {
                throw new UsageException(
                        "--conf " + key + ": is no option of Spark's; they begin with spark.");
            }
        }
        return settings;
    }
}
