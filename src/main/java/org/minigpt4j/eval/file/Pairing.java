package org.minigpt4j.eval.file;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Pairs predictions with references by id. Each reference must have exactly one prediction, and
 * each prediction a reference. One message reports everything that does not fit, with counts and
 * examples.
 */
public final class Pairing {

    private static final int SHOWN = 3;

    private Pairing() {}

    /**
     * Pairs predictions with references.
     *
     * @param ids of the references
     * @param subset whether references without a prediction are allowed; they are ignored then
     * @throws UsageException if predictions and references do not fit together
     */
    public static Map<String, Prediction> of(
            Path references,
            Set<String> ids,
            Path predictions,
            List<Prediction> given,
            boolean subset) {
        Map<String, Prediction> paired = new TreeMap<>(IdOrder.INSTANCE);
        Map<String, String> again = new LinkedHashMap<>();
        Set<String> unknown = new HashSet<>();
        for (Prediction prediction : given) {
            Prediction before = paired.put(prediction.id(), prediction);
            if (before != null) {
                again.put(
                        prediction.id(),
                        "%s (%s and %s)"
                                .formatted(
                                        prediction.id(),
                                        before.place().substring(place(before.place())),
                                        prediction.place().substring(place(prediction.place()))));
            }
            if (!ids.contains(prediction.id())) {
                unknown.add(prediction.id());
            }
        }
        List<String> missing = ids.stream().filter(id -> !paired.containsKey(id)).toList();
        List<String> faults = new ArrayList<>();
        fault(faults, "%s predicted more than once: %s", again.values());
        fault(faults, "%s not in the references: %s", sorted(unknown));
        if (!subset || paired.size() == unknown.size()) {
            fault(
                    faults,
                    "%s of "
                            + Integer.toString(ids.size())
                            + " without a prediction: %s"
                            + (faults.isEmpty() ? "; to score the others alone use --subset" : ""),
                    sorted(missing));
        }
        if (!faults.isEmpty()) {
            throw new UsageException(
                    "%s and %s do not fit together:\n  %s"
                            .formatted(
                                    predictions,
                                    references,
                                    String.join(
                                            "\n  ",
                                            faults.stream().map(ForeignText::message).toList())));
        }
        return paired;
    }

    private static List<String> sorted(Collection<String> ids) {
        return ids.stream().sorted(IdOrder.INSTANCE).toList();
    }

    /** The index in a place's text after the file name, which the message already gives. */
    private static int place(String place) {
        return place.lastIndexOf(' ') + 1;
    }

    private static void fault(List<String> faults, String sentence, Collection<String> what) {
        if (!what.isEmpty()) {
            List<String> shown = what.stream().limit(SHOWN).toList();
            faults.add(
                    sentence.formatted(
                            Integer.toString(what.size()),
                            String.join(", ", shown) + (what.size() > SHOWN ? ", ..." : "")));
        }
    }
}
