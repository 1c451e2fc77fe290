package org.minigpt4j.eval.score;

/** Whose code the figures agree with; the two read the same answers differently. */
public enum ScoreMode {
    /** The scripts of those who made the task: pycocoevalcap, VQA's and POPE's own. */
    OFFICIAL("official"),
    /** lmms-eval's tasks. */
    LMMS_EVAL("lmms-eval"),
    /** Ours, where nobody has code that others quote. */
    OURS("minigpt4j");

    private final String word;

    ScoreMode(String word) {
        this.word = word;
    }

    /** The prefix of a score's name; empty for the official mode. */
    public String prefix() {
        return this == LMMS_EVAL ? word + "_" : "";
    }

    /** The mode as the command line writes it. */
    @Override
    public String toString() {
        return word;
    }
}
