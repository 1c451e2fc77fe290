package org.minigpt4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/** The version of the running program and the git revision it was built from. */
public final class BuildInfo {

    private static final String STAMP = "git.properties";

    private BuildInfo() {}

    /**
     * The version in the jar's manifest, or {@code development} when it does not run from the jar.
     */
    public static String version() {
        String version = BuildInfo.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /**
     * The commit of the build: 40 hexadecimal digits, followed by {@code -dirty} if files had
     * uncommitted changes. Empty if it was built outside a git repository.
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
