package org.minigpt4j.cli.track;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.track.CurveBand.Curve;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunView;
import org.minigpt4j.train.record.RunReport;

import picocli.CommandLine.Mixin;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads curves of runs from their output folders or from a store. The store is opened only if
 * needed.
 */
final class CurveSource {

    @Mixin private TrackCommand.StoreOption store;

    /** The curves of the given runs, in order. */
    List<Curve> curves(List<String> references, String metric) {
        List<Curve> curves = new ArrayList<>();
        List<String> recorded = references.stream().filter(one -> !isFolder(one)).toList();
        if (recorded.isEmpty()) {
            references.forEach(one -> curves.add(ofFolder(Path.of(one), metric)));
            return curves;
        }
        try (RunCatalog catalog = store.open()) {
            for (String reference : references) {
                curves.add(
                        isFolder(reference)
                                ? ofFolder(Path.of(reference), metric)
                                : ofRun(catalog, reference, metric));
            }
        }
        return curves;
    }

    /** The display name of a run: its output folder, or its name in the store. */
    String name(String reference) {
        if (isFolder(reference)) {
            return name(Path.of(reference));
        }
        try (RunCatalog catalog = store.open()) {
            return catalog.run(reference).name();
        }
    }

    private static String name(Path folder) {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    private static boolean isFolder(String reference) {
        return Files.isRegularFile(Path.of(reference).resolve("metrics.jsonl"));
    }

    private static Curve ofFolder(Path folder, String metric) {
        String name = name(folder);
        List<Point> points = RunReport.curve(folder, metric);
        return new Curve(name, new RunFolder(folder).settings(), required(name, metric, points));
    }

    private static Curve ofRun(RunCatalog catalog, String reference, String metric) {
        RunView run = catalog.run(reference);
        String name = "%s (%s)".formatted(run.name(), run.shortId());
        return new Curve(name, run.params(), required(name, metric, catalog.history(run, metric)));
    }

    private static List<Point> required(String name, String metric, List<Point> points) {
        if (points.isEmpty()) {
            throw new UsageException("%s has no metric %s".formatted(name, metric));
        }
        return points;
    }
}
