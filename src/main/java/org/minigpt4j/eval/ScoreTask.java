package org.minigpt4j.eval;

import java.util.Locale;

/** What kind of answers are scored. */
public enum ScoreTask {
    /** Captions of images, each against several people's. */
    CAPTIONS("image"),
    /** Short answers to questions, each against ten people's. */
    VQA("question"),
    /** Yes or no to "is there a ... in the image?". */
    POPE("question");

    private final String unit;

    ScoreTask(String unit) {
        this.unit = unit;
    }

    /** What one answer is for. */
    public String unit() {
        return unit;
    }

    /** The task as the command line writes it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
