package org.minigpt4j.eval;

import java.util.Locale;

/** The kinds of answers that can be scored. */
public enum ScoreTask {
    /** Captions of images, each compared with captions by several people. */
    CAPTIONS("image"),
    /** Short answers to questions, each compared with the answers of ten people. */
    VQA("question"),
    /** Yes or no answers to "is there a ... in the image?". */
    POPE("question");

    private final String unit;

    ScoreTask(String unit) {
        this.unit = unit;
    }

    /** What one answer belongs to: {@code image} or {@code question}. */
    public String unit() {
        return unit;
    }

    /** The task's name on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
