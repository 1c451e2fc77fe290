package org.minigpt4j;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** Files among the test resources. */
public final class Resources {
    private Resources() {}

    /** The file of that name, such as {@code torch/legacy.pth}. */
    public static Path path(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(Resources.class.getResource("/" + name), name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
