package org.minigpt4j.cli.track;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunView;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code launch/track export}: writes a run to files. */
@Command(
        name = "export",
        description = {
            "Writes a run to a folder: run.json (status, parameters, tags, latest metrics) and"
                    + " metrics.csv (every point)."
        })
final class TrackExport implements Callable<Integer> {

    private static final Gson GSON =
            new GsonBuilder()
                    .setPrettyPrinting()
                    .disableHtmlEscaping()
                    .serializeSpecialFloatingPointValues()
                    .create();

    @Mixin private TrackCommand.StoreOption store;

    @Parameters(paramLabel = "RUN", description = "The run.")
    private String reference;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "The folder to write; it is created if necessary.")
    private Path out;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        try (RunCatalog catalog = store.open()) {
            RunView run = catalog.run(reference);
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("run_id", run.id());
            json.put("name", run.name());
            json.put("experiment", run.experiment());
            json.put("status", run.status());
            json.put("start_time", run.started());
            run.ended().ifPresent(end -> json.put("end_time", end));
            json.put("artifact_uri", run.artifactUri());
            json.put("params", run.params());
            json.put("tags", run.tags());
            Map<String, Double> latest = new LinkedHashMap<>();
            var csv = new StringBuilder("key,step,timestamp,value\n");
            run.latest()
                    .forEach(
                            (key, last) -> {
                                latest.put(key, last.value());
                                for (Point point : catalog.history(run, key)) {
                                    csv.append(key)
                                            .append(',')
                                            .append(point.step())
                                            .append(',')
                                            .append(point.timestamp())
                                            .append(',')
                                            .append(point.value())
                                            .append('\n');
                                }
                            });
            json.put("metrics", latest);
            AtomicFile.writeString(out.resolve("run.json"), GSON.toJson(json) + "\n");
            AtomicFile.writeString(out.resolve("metrics.csv"), csv.toString());
        }
        spec.commandLine().getOut().println("Written to " + out);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
