package org.minigpt4j.config;

import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.HomeFolder;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SectionProblems;

import java.util.Optional;
import java.util.regex.Pattern;

/** Where a run is recorded, to compare it with others ({@code run.tracking}). */
public record TrackingConfig(
        @Key(
                        doc =
                                "`http://` or `https://`: an MLflow server."
                                        + " `sqlite:///FILE`: a store that `mlflow ui` can"
                                        + " open; it is created if necessary. `none`: nowhere."
                                        + " Without it: MLFLOW_TRACKING_URI of the environment,"
                                        + " otherwise `mlflow.db` in the folder that contains"
                                        + " `output_dir`.")
                Optional<String> uri,
        @Key(doc = "The experiment the run belongs to. Without it: the task.")
                Optional<String> experiment,
        @Key(doc = "The run's name. Without it: the output folder's name" + " and the start time.")
                Optional<String> runName,
        @Key(
                        doc =
                                "Record only every n-th step. Means of epochs and the"
                                        + " last step are always recorded.",
                        byDefault = "1")
                @Range(min = 1)
                int everySteps,
        @Key(
                        doc =
                                "Seconds between two measurements of the machine"
                                        + " (processor, memory, disk, network, GPUs); 0 turns"
                                        + " it off.",
                        byDefault = "10")
                @Range(min = 0)
                double systemSeconds,
        @Key(
                        doc =
                                "Seconds after which a request to the store counts as"
                                        + " failed. At its end, a run waits as long for records"
                                        + " that are not sent yet; the rest is kept and sent"
                                        + " later.",
                        byDefault = "10")
                @Range(above = 0)
                double timeoutSeconds,
        @Key(
                        doc =
                                "Restore a deleted experiment or run of MLflow's"
                                        + " instead of reporting it. Without it, a deleted"
                                        + " experiment gets nothing, and a run that continues"
                                        + " after its record was deleted is recorded as a new"
                                        + " one.",
                        byDefault = "false")
                boolean restoreDeleted,
        @Key(
                        doc =
                                "Register the finished projection as a version of the"
                                        + " model with this name. Without it nothing is"
                                        + " registered.")
                Optional<String> register)
        implements Checked {

    private static final String STORE = "sqlite:///";
    private static final Pattern PLACE = Pattern.compile("none|https?://[^/@]+(/.*)?|sqlite:///.+");

    /** Expands a leading {@code ~/} in a store's path to the user's home folder. */
    public TrackingConfig {
        uri = uri.map(TrackingConfig::expanded);
    }

    static String expanded(String uri) {
        return uri.startsWith(STORE + "~/")
                ? STORE + HomeFolder.expand(uri.substring(STORE.length()))
                : uri;
    }

    @Override
    public void check(SectionProblems problems) {
        if (uri.isPresent() && !PLACE.matcher(uri.get()).matches()) {
            problems.reject(
                    "uri",
                    """
                    is %s; give none, sqlite:///FILE, or the http:// or https:// address of an\
                     MLflow server, whose user and password belong into MLFLOW_TRACKING_USERNAME\
                     and MLFLOW_TRACKING_PASSWORD\
                    """
                            .formatted(uri.get()));
        }
    }
}
