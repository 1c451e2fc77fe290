package org.minigpt4j.track.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A process that writes a run, and says after each batch how far it is, until it is killed. */
final class StoreWriter {

    private StoreWriter() {}

    public static void main(String[] args) throws Exception {
        try (SqliteStore store = SqliteStore.open(Path.of(args[0]), Duration.ofSeconds(60))) {
            String id = store.createRun(new NewRun("task", args[1], args[1], 1000, "me", Map.of()));
            for (long step = 1; ; step++) {
                store.log(
                        id,
                        List.of(new Point("loss", step, step, step), new Point("lr", 1, 1, step)));
                System.out.println(step);
            }
        }
    }
}
