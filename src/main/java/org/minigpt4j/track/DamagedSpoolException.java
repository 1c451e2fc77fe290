package org.minigpt4j.track;

import java.io.IOException;
import java.nio.file.Path;

/** A tracking folder contains a file that was damaged or changed by another program. */
final class DamagedSpoolException extends IOException {

    private static final long serialVersionUID = 1L;

    DamagedSpoolException(Path file, String what, Throwable cause) {
        super(file + " is damaged" + what, cause);
    }
}
