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

/** Records results under the run that made the checkpoint, beside its losses. */
final class ResultTracking {

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private ResultTracking() {}

    /**
     * Records figures as {@code eval/NAME/FIGURE} at the checkpoint's step.
     *
     * @return a sentence that says where, or why not
     */
    static String record(Path checkpoint, String name, ScoreSheet scores, Path report) {
        Optional<Path> output = outputFolder(checkpoint);
        if (output.isEmpty()) {
            return "not recorded: %s is not in the folder of a run".formatted(checkpoint);
        }
        Optional<Tracker> tracker =
                Tracker.reopen(output.get(), TrackingEnvironment.ofProcess(), DEADLINE);
        if (tracker.isEmpty()) {
            return "not recorded: the run in %s has no record, or is being recorded now"
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

    /** By their names in the record: {@code eval/captions/CIDEr}. */
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

    /** Steps that the checkpoint has learned for: its folder's name, of a run its newest one's. */
    private static long step(Path checkpoint) {
        Path named =
                RunFolder.isRun(checkpoint)
                        ? new RunFolder(checkpoint).newest().orElse(checkpoint)
                        : checkpoint;
        String digits = named.toAbsolutePath().normalize().getFileName().toString();
        return digits.matches("\\d{1,12}") ? Long.parseLong(digits) : 0;
    }
}
