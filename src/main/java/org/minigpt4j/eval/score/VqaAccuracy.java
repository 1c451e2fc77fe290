package org.minigpt4j.eval.score;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The accuracy of one answer: for each person, a third for every other person who gave the same
 * answer, at most 1; then the mean over all persons. Four of ten people make it fully right.
 *
 * @param accuracy from 0 to 1
 * @param compared the answer as it was compared
 */
public record VqaAccuracy(double accuracy, String compared) {

    private static final double ENOUGH = 3;

    /**
     * Scores {@code answer}. The official code normalises it and the people's answers only if the
     * latter differ among each other. So {@code Yes} is wrong if all ten said {@code yes}.
     * lmms-eval always normalises the answer.
     */
    public static VqaAccuracy of(VqaQuestion question, String answer, ScoreMode mode) {
        Set<String> different = new LinkedHashSet<>();
        List<VqaAnswer> people = new ArrayList<>();
        for (VqaAnswer given : question.answers()) {
            String stripped = VqaText.stripped(given.text());
            different.add(stripped);
            people.add(new VqaAnswer(stripped, given.rest()));
        }
        String compared =
                mode == ScoreMode.OFFICIAL
                        ? VqaText.stripped(answer)
                        : VqaText.normalised(VqaText.tokenised(answer), mode);
        if (different.size() > 1) {
            people.replaceAll(
                    given -> new VqaAnswer(VqaText.normalised(given.text(), mode), given.rest()));
            compared = VqaText.normalised(compared, mode);
        }
        return new VqaAccuracy(mean(people, compared), compared);
    }

    private static double mean(List<VqaAnswer> people, String compared) {
        double sum = 0;
        for (VqaAnswer person : people) {
            long same =
                    people.stream()
                            .filter(other -> !other.equals(person))
                            .filter(other -> other.text().equals(compared))
                            .count();
            sum += Math.min(1, same / ENOUGH);
        }
        return sum / people.size();
    }
}
