package org.minigpt4j.nano.scene;

import java.util.Locale;

/** What a question asks for, as results are listed. */
public enum QuestionKind {
    COLOR,
    SHAPE,
    SIZE,
    COUNT,
    LETTER,
    PLACE,
    EXISTENCE;

    /** Its name in results, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
