package org.minigpt4j.config.bind;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;

/** Marks a type that a file writes as one value, and says how. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface WrittenAs {

    /** What to write, as the end of "give ...". */
    String value();

    /** Reads it; has a constructor without parameters. */
    Class<? extends Reader> reader();

    /** Reads one value of a file. */
    interface Reader {

        /** The value that a number, truth value, text or null of a file stands for, if any. */
        Optional<?> read(Object plain);
    }
}
