package org.minigpt4j.eval.score;

/**
 * The code that the scores agree with. Official code and lmms-eval interpret the same answers
 * differently.
 */
public enum ScoreMode {
    /** The scripts of the tasks' authors: pycocoevalcap, and those of VQA and POPE. */
    OFFICIAL("official"),
    /** lmms-eval's tasks. */
    LMMS_EVAL("lmms-eval"),
    /** Our own scores, for tasks without code that is commonly quoted. */
    OURS("minigpt4j");

    private final String word;

    ScoreMode(String word) {
        this.word = word;
    }

    /** The prefix of a score's name; empty for the official mode. */
    public String prefix() {
        return this == LMMS_EVAL ? word + "_" : "";
    }

    /** The mode's name on the command line. */
    @Override
    public String toString() {
        return word;
    }
}
