package org.minigpt4j.config.bind;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;

/** Marks a type that is written as a single value in a file, and describes that value. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface WrittenAs {

    /** Describes valid values, as the end of "give ...". */
    String value();

    /** The class that reads it; must have a constructor without parameters. */
    Class<? extends Reader> reader();

    /** Reads one value of a file. */
    interface Reader {

        /** Converts a number, boolean, text or null from a file; empty if it is not valid. */
        Optional<?> read(Object plain);
    }
}
