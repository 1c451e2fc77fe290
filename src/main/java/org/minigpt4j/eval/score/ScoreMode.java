package org.minigpt4j.eval.score;

/** Whose code the figures agree with; the two read the same answers differently. */
public enum ScoreMode {
    /** The scripts of those who made the task: pycocoevalcap, VQA's and POPE's own. */
    OFFICIAL("official"),
    /** lmms-eval's tasks. */
    LMMS_EVAL("lmms-eval");

    private final String word;

    ScoreMode(String word) {
        this.word = word;
    }

    /** The mode as the command line writes it. */
    @Override
    public String toString() {
        return word;
    }
}
