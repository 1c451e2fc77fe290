package org.minigpt4j.config.yaml;

import org.minigpt4j.UsageException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Collects mistakes, which are reported together in the order of the file. */
public final class Problems {

    /** Text in a file may contain characters that control a terminal; here they are escaped. */
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\n]]");

    private record Problem(Origin origin, String key, String what) {

        @Override
        public String toString() {
            return INVISIBLE
                    .matcher(origin + ": " + (key.isEmpty() ? "" : key + ": ") + what)
                    .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
        }
    }

    private final List<Problem> found = new ArrayList<>();
    private final List<String> absent;

    /** Every problem counts as a mistake. */
    public Problems() {
        this(null);
    }

    private Problems(List<String> absent) {
        this.absent = absent;
    }

    /**
     * Missing files do not count as mistakes; a forecast does not need them.
     *
     * @param absent receives a line {@code file:line: key: what} for each missing file
     */
    public static Problems withFilesAside(List<String> absent) {
        return new Problems(absent);
    }

    /** Reports a missing file; returns true if that counts as a mistake. */
    public boolean addAbsent(Origin origin, String key, String what) {
        if (absent == null) {
            add(origin, key, what);
            return true;
        }
        absent.add(new Problem(origin, key, what).toString());
        return false;
    }

    public void add(Origin origin, String key, String what) {
        found.add(new Problem(origin, key, what));
    }

    /** Whether there is a mistake in a key, in a key below it, or in a section that contains it. */
    public boolean concern(String key) {
        return found.stream()
                .map(Problem::key)
                .anyMatch(
                        wrong ->
                                (wrong + ".").startsWith(key + ".")
                                        || (key + ".").startsWith(wrong + "."));
    }

    /**
     * Throws if there was any mistake.
     *
     * @throws UsageException with a line {@code file:line: key: what is wrong; what to do} for each
     */
    public void throwIfAny() {
        if (found.isEmpty()) {
            return;
        }
        var order =
                Comparator.comparing((Problem p) -> p.origin().kind())
                        .thenComparing(p -> p.origin().line());
        throw new UsageException(
                found.stream()
                        .sorted(order)
                        .map(Problem::toString)
                        .distinct()
                        .collect(Collectors.joining("\n")));
    }
}
