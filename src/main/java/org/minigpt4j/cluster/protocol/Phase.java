package org.minigpt4j.cluster.protocol;

/** The activity of a rank, named in the log when it is lost. */
public enum Phase {
    /** Loading data and weights. */
    LOADING("loading"),
    /** Agreeing with the other members of a new view on the next step. */
    LEVELLING("agreeing on the step"),
    /** Reading data and sending the others the number of labels in it. */
    DATA("reading data"),
    /** Computing gradients. */
    COMPUTING("computing"),
    /** Adding up gradients with the others. */
    REDUCING("exchanging gradients"),
    /** Waiting until the driver lets it continue or end. */
    WAITING("waiting");

    private final String words;

    Phase(String words) {
        this.words = words;
    }

    /** Whether the rank has nothing to do. */
    public boolean isWaiting() {
        return this == WAITING;
    }

    @Override
    public String toString() {
        return words;
    }
}
