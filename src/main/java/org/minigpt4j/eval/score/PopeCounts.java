package org.minigpt4j.eval.score;

import org.minigpt4j.eval.python.PythonText;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Counts of answers to "is there a ... in the image?". The official code reads any text that does
 * not say no as yes. lmms-eval expects the bare word and counts anything else as wrong.
 */
public final class PopeCounts {

    private static final String YES = "yes";
    private static final String NO = "no";
    private static final Set<String> NEGATIVE = Set.of("No", "not", "no");

    private final ScoreMode mode;
    private int truePositives;
    private int falsePositives;
    private int trueNegatives;
    private int falseNegatives;
    private int neitherOfYes; // labelled yes, answered with neither word
    private int neitherOfNo;

    /** Starts with all counts at zero. */
    public PopeCounts(ScoreMode mode) {
        this.mode = mode;
    }

    /**
     * The meaning of an answer: {@code yes}, {@code no}, or in lmms-eval's mode any other text as
     * it is.
     */
    public static String read(String answer, ScoreMode mode) {
        if (mode == ScoreMode.LMMS_EVAL) {
            return PythonText.strip(answer.toLowerCase(Locale.ROOT));
        }
        String sentence = answer.split("\\.", -1)[0].replace(",", "");
        for (String word : sentence.split(" ", -1)) {
            if (NEGATIVE.contains(word)) {
                return NO;
            }
        }
        return YES;
    }

    /** The meaning of a label; the official code reads everything except {@code no} as yes. */
    public static String label(String label, ScoreMode mode) {
        if (mode == ScoreMode.LMMS_EVAL) {
            return PythonText.strip(label.toLowerCase(Locale.ROOT));
        }
        return label.equals(NO) ? NO : YES;
    }

    /** Adds an answer. */
    public void add(String label, String answer) {
        boolean present = label(label, mode).equals(YES);
        switch (read(answer, mode)) {
            case YES -> {
                truePositives += present ? 1 : 0;
                falsePositives += present ? 0 : 1;
            }
            case NO -> {
                falseNegatives += present ? 1 : 0;
                trueNegatives += present ? 0 : 1;
            }
            default -> {
                neitherOfYes += present ? 1 : 0;
                neitherOfNo += present ? 0 : 1;
            }
        }
    }

    /** Number of questions labelled yes and answered yes. */
    public int truePositives() {
        return truePositives;
    }

    /** Number of questions labelled no and answered yes. */
    public int falsePositives() {
        return falsePositives;
    }

    /** Number of questions labelled no and answered no. */
    public int trueNegatives() {
        return trueNegatives;
    }

    /** Number of questions labelled yes and answered no. */
    public int falseNegatives() {
        return falseNegatives;
    }

    /** Number of answers that were neither yes nor no; always 0 in the official mode. */
    public int neither() {
        return neitherOfYes + neitherOfNo;
    }

    /** Number of all answers. */
    public int all() {
        return truePositives + falsePositives + trueNegatives + falseNegatives + neither();
    }

    /** The share of right answers. */
    public OptionalDouble accuracy() {
        return share(truePositives + trueNegatives, all());
    }

    /** The share of yes answers that are right; empty where the official code divides by zero. */
    public OptionalDouble precision() {
        return share(truePositives, truePositives + falsePositives);
    }

    /** The share of questions labelled yes that were answered yes. */
    public OptionalDouble recall() {
        return share(truePositives, truePositives + falseNegatives);
    }

    /** The harmonic mean of precision and recall. */
    public OptionalDouble f1() {
        if (precision().isEmpty() || recall().isEmpty()) {
            return OptionalDouble.empty();
        }
        double precision = precision().getAsDouble();
        double recall = recall().getAsDouble();
        return precision + recall == 0
                ? none()
                : OptionalDouble.of(2 * precision * recall / (precision + recall));
    }

    /** The share of yes answers; lmms-eval's code uses the labels instead. */
    public OptionalDouble yesRatio() {
        return mode == ScoreMode.OFFICIAL
                ? share(truePositives + falsePositives, all())
                : share(truePositives + falseNegatives + neitherOfYes, all());
    }

    private OptionalDouble share(int part, int whole) {
        return whole == 0 ? none() : OptionalDouble.of((double) part / whole);
    }

    private OptionalDouble none() {
        return mode == ScoreMode.OFFICIAL ? OptionalDouble.empty() : OptionalDouble.of(0);
    }
}
