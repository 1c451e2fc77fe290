package org.minigpt4j.eval.file;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Pairs POPE's answers with its questions: by {@code question_id} if every line of both files has
 * one, otherwise line by line as the official script does. If both files contain the question's
 * text, it must be the same.
 */
public final class PopePairing {

    private static final int SHOWN = 3;

    private PopePairing() {}

    /**
     * The answer to each label that is scored, by the label's index in its file.
     *
     * @param subset whether labels without an answer are allowed; this needs ids
     * @throws UsageException if answers and questions do not fit together
     */
    public static Map<Integer, String> of(
            Path references,
            List<PopeLine> labels,
            Path predictions,
            List<PopeLine> answers,
            boolean subset) {
        boolean byId =
                labels.stream().noneMatch(line -> line.id().isEmpty())
                        && answers.stream().noneMatch(line -> line.id().isEmpty());
        Map<Integer, String> paired = new TreeMap<>();
        List<String> otherwise = new ArrayList<>();
        if (byId) {
            Map<String, Integer> places = places(labels);
            List<Prediction> given =
                    answers.stream()
                            .map(line -> new Prediction(line.id(), line.text(), line.place()))
                            .toList();
            Set<String> ids = places.keySet();
            Map<String, PopeLine> wordings = new TreeMap<>();
            answers.forEach(line -> wordings.put(line.id(), line));
            Pairing.of(references, ids, predictions, given, subset)
                    .forEach(
                            (id, answer) -> {
                                int place = places.get(id);
                                paired.put(place, answer.text());
                                compare(labels.get(place), wordings.get(id), otherwise);
                            });
        } else {
            if (labels.size() != answers.size()) {
                throw new UsageException(
                        ("%s has %s answers to the %s questions of %s; without a question_id in"
                                        + " every line of both files they are paired line by line")
                                .formatted(
                                        predictions,
                                        Integer.toString(answers.size()),
                                        Integer.toString(labels.size()),
                                        references));
            }
            for (int i = 0; i < labels.size(); i++) {
                paired.put(i, answers.get(i).text());
                compare(labels.get(i), answers.get(i), otherwise);
            }
        }
        if (!otherwise.isEmpty()) {
            throw new UsageException(
                    "%s and %s do not fit together:\n  %s answers are to another question: %s"
                            .formatted(
                                    predictions,
                                    references,
                                    Integer.toString(otherwise.size()),
                                    String.join(
                                            ", ",
                                            otherwise.subList(
                                                    0, Math.min(SHOWN, otherwise.size())))));
        }
        return paired;
    }

    private static Map<String, Integer> places(List<PopeLine> labels) {
        Map<String, Integer> places = new TreeMap<>(IdOrder.INSTANCE);
        for (int i = 0; i < labels.size(); i++) {
            Integer before = places.put(labels.get(i).id(), i);
            if (before != null) {
                throw new UsageException(
                        ("%s repeats the question_id %s, which %s already uses; score the files of"
                                        + " POPE's three sets separately")
                                .formatted(
                                        labels.get(i).place(),
                                        ForeignText.line(labels.get(i).id()),
                                        labels.get(before).place()));
            }
        }
        return places;
    }

    private static void compare(PopeLine label, PopeLine answer, List<String> otherwise) {
        boolean known = !label.question().isEmpty() && !answer.question().isEmpty();
        if (known && !label.question().equals(answer.question())) {
            otherwise.add(answer.place());
        }
    }
}
