package org.minigpt4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/** Which version of this program runs, and the revision it was built from. */
public final class BuildInfo {

    private static final String STAMP = "git.properties";

    private BuildInfo() {}

    /** The version in the jar's manifest, or {@code development} when no jar was made. */
    public static String version() {
        String version = BuildInfo.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /**
     * The commit that the build was made from, 40 hexadecimal digits, with {@code -dirty} when
     * files had been changed; absent when it was built outside a git repository.
     */
    public static Optional<String> revision() {
        try (InputStream stamp = BuildInfo.class.getResourceAsStream(STAMP)) {
            if (stamp == null) {
                return Optional.empty();
            }
            Properties properties = new Properties();
            properties.load(stamp);
            return revision(properties);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Optional<String> revision(Properties stamp) {
        String commit = stamp.getProperty("git.commit.id.full", "");
        boolean changed = Boolean.parseBoolean(stamp.getProperty("git.dirty"));
        return commit.isEmpty()
                ? Optional.empty()
                : Optional.of(commit + (changed ? "-dirty" : ""));
    }
}
