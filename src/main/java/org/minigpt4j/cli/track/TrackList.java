package org.minigpt4j.cli.track;

import org.minigpt4j.cli.screen.TextTable;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.Point;
import org.minigpt4j.track.store.RunView;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code launch/track list}: lists the runs of a store. */
@Command(name = "list", description = "Lists the runs of a store, the latest first.")
final class TrackList implements Callable<Integer> {

    @Mixin private TrackCommand.StoreOption store;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        TextTable table =
                new TextTable("run", "experiment", "name", "status", "started", "step", "loss");
        try (RunCatalog catalog = store.open()) {
            for (RunView run : catalog.runs()) {
                List<String> row = new ArrayList<>();
                row.add(run.shortId());
                row.add(run.experiment());
                row.add(run.name());
                row.add(run.status().name());
                row.add(TextTable.time(run.started()));
                Point loss = run.latest().get("loss");
                row.add(loss == null ? "" : "" + loss.step());
                row.add(loss == null ? "" : TextTable.figure(loss.value()));
                table.row(row);
            }
        }
        table.print(spec.commandLine().getOut());
        return 0;
    }
}
