package org.minigpt4j.eval.score;

import org.minigpt4j.eval.python.PythonText;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Answers to "is there a ... in the image?", counted. The official code reads any text as yes that
 * does not say no; lmms-eval wants the bare word, and counts what is neither as wrong.
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

    /** Counts of nothing yet. */
    public PopeCounts(ScoreMode mode) {
        this.mode = mode;
    }

    /** How an answer is read: {@code yes}, {@code no}, or with lmms-eval what it says instead. */
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

    /** How a label is read; the official code takes all but {@code no} for yes. */
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

    /** Labelled yes and answered yes. */
    public int truePositives() {
        return truePositives;
    }

    /** Labelled no and answered yes. */
    public int falsePositives() {
        return falsePositives;
    }

    /** Labelled no and answered no. */
    public int trueNegatives() {
        return trueNegatives;
    }

    /** Labelled yes and answered no. */
    public int falseNegatives() {
        return falseNegatives;
    }

    /** Answers that were neither yes nor no; never any in the official mode. */
    public int neither() {
        return neitherOfYes + neitherOfNo;
    }

    /** All answers. */
    public int all() {
        return truePositives + falsePositives + trueNegatives + falseNegatives + neither();
    }

    /** The share of right answers. */
    public OptionalDouble accuracy() {
        return share(truePositives + trueNegatives, all());
    }

    /** Of the answers yes the right ones; nothing where the official code divides by zero. */
    public OptionalDouble precision() {
        return share(truePositives, truePositives + falsePositives);
    }

    /** Of the objects that are there those that were seen. */
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

    /** The share of answers yes; lmms-eval's code takes the labels instead. */
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
