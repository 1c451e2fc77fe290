package org.minigpt4j.cli.track;

import org.minigpt4j.cli.screen.TextTable;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.RunView;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code launch/track show}: shows one run. */
@Command(
        name = "show",
        description = "Shows one run: status, parameters, tags, data sets, latest metrics.")
final class TrackShow implements Callable<Integer> {

    @Mixin private TrackCommand.StoreOption store;

    @Parameters(paramLabel = "RUN", description = "The run.")
    private String reference;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (RunCatalog catalog = store.open()) {
            RunView run = catalog.run(reference);
            out.println("run        " + ForeignText.line(run.id()));
            out.println("name       " + ForeignText.line(run.name()));
            out.println("experiment " + ForeignText.line(run.experiment()));
            out.println("status     " + run.status());
            out.println("started    " + TextTable.time(run.started()));
            run.ended().ifPresent(end -> out.println("ended      " + TextTable.time(end)));
            out.println("artifacts  " + ForeignText.line(run.artifactUri()));
            print(out, "parameter", run.params());
            print(out, "tag", run.tags());
            TextTable inputs = new TextTable("data set", "digest", "read for", "source");
            run.inputs()
                    .forEach(
                            input ->
                                    inputs.row(
                                            List.of(
                                                    input.name(),
                                                    input.digest(),
                                                    input.context(),
                                                    input.source())));
            out.println();
            inputs.print(out);
            TextTable metrics = new TextTable("metric", "step", "latest");
            run.latest()
                    .forEach(
                            (key, point) ->
                                    metrics.row(
                                            List.of(
                                                    key,
                                                    "" + point.step(),
                                                    TextTable.figure(key, point.value()))));
            out.println();
            metrics.print(out);
        }
        return 0;
    }

    private static void print(PrintWriter out, String what, Map<String, String> pairs) {
        TextTable table = new TextTable(what, "value");
        pairs.forEach((key, value) -> table.row(List.of(key, value.replace("\n", "\\n"))));
        out.println();
        table.print(out);
    }
}
