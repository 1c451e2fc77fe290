package org.minigpt4j.config.bind;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Suggests known names for a mistyped one. */
public final class Nearest {

    private static final int MOST = 3;

    /**
     * Longer names are not compared: they are not typing mistakes, and a comparison would be slow.
     */
    private static final int LONGEST = 200;

    private Nearest() {}

    /** At most three names, nearest first; empty if none is near. */
    public static List<String> to(String name, Collection<String> known) {
        if (name.length() > LONGEST) {
            return List.of();
        }
        return known.stream()
                .filter(candidate -> isNear(name, candidate))
                .sorted(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .limit(MOST)
                .toList();
    }

    private static boolean isNear(String name, String candidate) {
        int tolerance = Math.max(1, Math.max(name.length(), candidate.length()) / 3);
        boolean partOf = candidate.startsWith(name + "_") || name.startsWith(candidate + "_");
        return partOf || distance(name, candidate) <= tolerance;
    }

    /** Number of insertions, deletions, replacements and swaps of neighbours that turn a into b. */
    static int distance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                steps[i][j] = i == 0 || j == 0 ? i + j : step(a, b, steps, i, j);
            }
        }
        return steps[a.length()][b.length()];
    }

    private static int step(String a, String b, int[][] steps, int i, int j) {
        int replace = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replace, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
        boolean swapped =
                i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, steps[i - 2][j - 2] + 1) : best;
    }
}
