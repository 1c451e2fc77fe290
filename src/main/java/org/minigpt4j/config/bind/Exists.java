package org.minigpt4j.config.bind;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A path that is checked, but not opened, when the configuration is read. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Exists {

    /** The kind of file that must exist. */
    Kind value();

    /** What to put there and how to get it, as the end of an error message. */
    String howToGet();

    /** What must exist at a path. */
    enum Kind {
        FILE("a file"),
        FOLDER("a folder"),
        FILE_OR_FOLDER("a file or folder"),
        /** A folder that the run creates if necessary; must not be a file. */
        OUTPUT_FOLDER("a folder, created if necessary"),
        /** An output folder, or a URI. */
        OUTPUT_PLACE("a folder, created if necessary, or a URI"),
        /** A folder, a file, a brace range or glob in an existing folder, or a URI. */
        STORAGE("a folder, file, `{00000..00009}.tar` range, glob or URI");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        String description() {
            return description;
        }
    }
}
