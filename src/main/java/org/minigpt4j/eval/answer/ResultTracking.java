package org.minigpt4j.eval.answer;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.track.Tracker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Records results in the tracking record of the run that produced the checkpoint, next to its
 * losses.
 */
final class ResultTracking {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private ResultTracking() {}

    /**
     * Records scores as {@code eval/NAME/SCORE} at the checkpoint's step.
     *
     * @return a sentence that says where they were recorded, or why they were not
     */
    static String record(Path checkpoint, String name, ScoreSheet scores, Path report) {
        Optional<Path> output = outputFolder(checkpoint);
        if (output.isEmpty()) {
            return "not recorded: %s is not in a run's folder".formatted(checkpoint);
        }
        Optional<Tracker> tracker =
                Tracker.reopen(output.get(), TrackingEnvironment.ofProcess(), DEADLINE);
        if (tracker.isEmpty()) {
            return "not recorded: the run in %s has no tracking record, or is recording right now"
                    .formatted(output.get());
        }
        try (Tracker open = tracker.get()) {
            open.points(step(checkpoint), figures(name, scores));
            open.artifactCopy("eval/%s/report.html".formatted(name), report);
        }
        return tracker.get()
                .complaint()
                .orElse("recorded under the run in %s".formatted(output.get()));
    }

    /** The scores by their names in the record, such as {@code eval/captions/CIDEr}. */
    static Map<String, Double> figures(String name, ScoreSheet scores) {
        Map<String, Double> figures = new LinkedHashMap<>();
        for (Figure figure : scores.figures()) {
            if (figure.part().isEmpty() && figure.value().isPresent()) {
                String mode = figure.mode().prefix();
                figures.put(
                        "eval/%s/%s%s".formatted(name, mode, figure.name()),
                        figure.value().getAsDouble());
            }
        }
        return figures;
    }

    private static Optional<Path> outputFolder(Path checkpoint) {
        for (Path at = checkpoint.toAbsolutePath(); at != null; at = at.getParent()) {
            if (RunFolder.isRun(at)) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }

    /**
     * The checkpoint's step, from the name of its folder; for a run's folder, the step of its
     * newest checkpoint. 0 if the name is not a number.
     */
    private static long step(Path checkpoint) {
        Path named =
                RunFolder.isRun(checkpoint)
                        ? new RunFolder(checkpoint).newest().orElse(checkpoint)
                        : checkpoint;
        String digits = named.toAbsolutePath().normalize().getFileName().toString();
        return digits.matches("\\d{1,12}") ? Long.parseLong(digits) : 0;
    }
}
