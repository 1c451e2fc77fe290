package org.minigpt4j.train.run;

/** What to do when the output folder holds a run. */
public enum Resume {
    /** Go on from its newest checkpoint if the configuration is the same, else refuse. */
    AUTO,
    /** Go on from its newest checkpoint whatever the configuration. */
    FORCE,
    /** Delete its checkpoints and logs and start over. */
    NEVER
}
