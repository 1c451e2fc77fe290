package org.minigpt4j.config;

import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SameKeyAs;

import java.nio.file.Path;
import java.util.Optional;

/** Where a preparation is recorded, to compare it with others ({@code prepare.tracking}). */
public record PrepareTrackingConfig(
        @Key(
                        doc =
                                "As `run.tracking.uri`. Without it:"
                                        + " MLFLOW_TRACKING_URI of the environment, otherwise"
                                        + " `mlflow.db` in the folder that contains `output`,"
                                        + " or `output/mlflow.db` if `output` is not on this"
                                        + " machine.")
                Optional<String> uri,
        @Key(doc = "The experiment the run belongs to.", byDefault = "prepare") String experiment,
        @SameKeyAs(TrackingConfig.class) Optional<String> runName,
        @Key(
                        doc =
                                "A folder on the driver's machine for records that"
                                        + " are not sent yet. Without it: `output`, or if that"
                                        + " is not on this machine, a folder with its name in"
                                        + " `output/`.")
                @Exists(
                        value = Exists.Kind.OUTPUT_FOLDER,
                        howToGet = "name a folder, which is created if necessary")
                Optional<Path> folder,
        @Key(doc = "Seconds between two records of the progress.", byDefault = "10")
                @Range(above = 0)
                double everySeconds,
        @SameKeyAs(TrackingConfig.class) double systemSeconds,
        @SameKeyAs(TrackingConfig.class) double timeoutSeconds,
        @SameKeyAs(TrackingConfig.class) boolean restoreDeleted) {

    /** Expands a leading {@code ~/} in a store's path to the user's home folder. */
    public PrepareTrackingConfig {
        uri = uri.map(TrackingConfig::expanded);
    }
}
