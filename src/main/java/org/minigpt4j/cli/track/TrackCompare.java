package org.minigpt4j.cli.track;

import org.minigpt4j.UsageException;
import org.minigpt4j.cli.screen.TextTable;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.page.Curves;
import org.minigpt4j.track.page.HtmlPage;
import org.minigpt4j.track.page.HtmlPage.Drawing;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunView;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** {@code launch/track compare}: compares runs. */
@Command(
        name = "compare",
        description = {
            "Compares runs: the parameters that differ, their latest metrics, and curves.",
            "",
            "Curves are written to a PNG file per metric and to compare.html, which"
                    + " needs no other files."
        })
final class TrackCompare implements Callable<Integer> {

    private static final List<String> DEFAULT_METRICS = List.of("loss", "lr", "samples_per_s");

    @Mixin private TrackCommand.StoreOption store;

    @Parameters(arity = "1..*", paramLabel = "RUN", description = "The runs.")
    private List<String> references;

    @Option(
            names = "--metrics",
            split = ",",
            paramLabel = "METRIC",
            description =
                    "The metrics to draw, separated by commas. Default: those of"
                            + " ${DEFAULT-VALUE} that the runs have.")
    private List<String> metrics = DEFAULT_METRICS;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Folder for the curves. Default: ${DEFAULT-VALUE}.")
    private Path out = Path.of("output", "compare");

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter console = spec.commandLine().getOut();
        try (RunCatalog catalog = store.open()) {
            Set<RunView> runs = new LinkedHashSet<>();
            references.forEach(reference -> runs.add(catalog.run(reference)));
            List<String> drawn = drawn(runs);
            TextTable parameters = table("parameter", runs, RunView::params, true);
            TextTable figures = table("metric", runs, TrackCompare::figures, false);
            parameters.print(console);
            console.println();
            figures.print(console);
            HtmlPage page =
                    new HtmlPage(
                            "Comparison of %d run%s"
                                    .formatted(runs.size(), runs.size() == 1 ? "" : "s"));
            page.heading("Parameters that differ");
            if (parameters.rows().isEmpty()) {
                page.note("None.");
            } else {
                page.table(parameters.head(), parameters.rows());
            }
            List<Drawing> drawings = new ArrayList<>();
            for (String metric : drawn) {
                Map<String, List<Point>> curves = new LinkedHashMap<>();
                runs.forEach(run -> curves.put(label(run), catalog.history(run, metric)));
                byte[] picture = Curves.png(metric, curves);
                write(out.resolve(metric.replace('/', '_') + ".png"), picture);
                Curves.svg(metric, curves).ifPresent(svg -> drawings.add(new Drawing(metric, svg)));
            }
            page.heading("Curves").drawings(drawings);
            page.heading("Latest metrics").table(figures.head(), rows(figures, false));
            if (!rows(figures, true).isEmpty()) {
                page.folded("Of the machine", figures.head(), rows(figures, true));
            }
            AtomicFile.writeString(out.resolve("compare.html"), page.html());
            console.println();
            console.println("Curves: " + out.resolve("compare.html"));
            console.flush();
        }
        return 0;
    }

    /** The rows of the machine's metrics, or those of all other metrics. */
    private static List<List<String>> rows(TextTable table, boolean ofMachine) {
        return table.rows().stream()
                .filter(row -> row.get(0).startsWith("system/") == ofMachine)
                .toList();
    }

    /** The metrics to draw: those requested, or the default ones that at least one run has. */
    private List<String> drawn(Set<RunView> runs) {
        Set<String> known = new TreeSet<>();
        runs.forEach(run -> known.addAll(run.latest().keySet()));
        List<String> missing = metrics.stream().filter(m -> !known.contains(m)).toList();
        if (!missing.isEmpty() && !metrics.equals(DEFAULT_METRICS)) {
            throw new UsageException(
                    "none of these runs has a metric " + missing + "; they have " + known);
        }
        return metrics.stream().filter(known::contains).toList();
    }

    private static String label(RunView run) {
        return run.name() + " (" + run.shortId() + ")";
    }

    private static Map<String, String> figures(RunView run) {
        Map<String, String> figures = new LinkedHashMap<>();
        run.latest()
                .forEach((key, point) -> figures.put(key, TextTable.figure(key, point.value())));
        return figures;
    }

    private static TextTable table(
            String what,
            Set<RunView> runs,
            Function<RunView, Map<String, String>> pairs,
            boolean onlyDifferent) {
        List<String> head = new ArrayList<>(List.of(what));
        Set<String> keys = new TreeSet<>();
        for (RunView run : runs) {
            head.add(label(run));
            keys.addAll(pairs.apply(run).keySet());
        }
        TextTable table = new TextTable(head);
        for (String key : keys) {
            List<String> values =
                    runs.stream()
                            .map(run -> pairs.apply(run).getOrDefault(key, "").replace("\n", "\\n"))
                            .toList();
            if (!onlyDifferent || values.stream().distinct().count() > 1) {
                List<String> row = new ArrayList<>(List.of(key));
                row.addAll(values);
                table.row(row);
            }
        }
        return table;
    }

    private static void write(Path path, byte[] content) {
        try (AtomicFile file = AtomicFile.create(path)) {
            file.write(ByteBuffer.wrap(content), 0);
            file.commit();
        }
    }
}
