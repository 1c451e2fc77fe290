package org.minigpt4j.train.run;

/** What to do if the output folder already holds a run. */
public enum Resume {
    /** Continue from its latest checkpoint if the configuration is the same, otherwise refuse. */
    AUTO,
    /** Continue from its latest checkpoint, whatever the configuration. */
    FORCE,
    /** Delete its checkpoints and logs and start over. */
    NEVER
}
