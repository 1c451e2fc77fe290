package org.minigpt4j.cluster.protocol;

/** What a rank is doing, for the log of a fault. */
public enum Phase {
    /** Loading data and weights. */
    LOADING("loading"),
    /** Finding out with the others of a new view which step is next. */
    LEVELLING("agreeing on the step"),
    /** Reading data and telling the others how many labels they have. */
    DATA("reading data"),
    /** Computing gradients. */
    COMPUTING("computing"),
    /** Adding up gradients with the others. */
    REDUCING("exchanging gradients"),
    /** Waiting until the driver lets it go on or end. */
    WAITING("waiting");

    private final String words;

    Phase(String words) {
        this.words = words;
    }

    /** Whether it has nothing to do. */
    public boolean isWaiting() {
        return this == WAITING;
    }

    @Override
    public String toString() {
        return words;
    }
}
