package org.minigpt4j.track;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A state folder of the tests' own, in place of the user's. */
public final class StateFolder {

    private static final Path FOLDER = make();

    private StateFolder() {}

    /** As {@code XDG_STATE_HOME} names it; the same in all tests of a process. */
    public static String path() {
        return FOLDER.toString();
    }

    private static Path make() {
        try {
            Path folder = Files.createTempDirectory("state");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
