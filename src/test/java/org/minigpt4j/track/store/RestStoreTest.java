package org.minigpt4j.track.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.minigpt4j.track.SpoolSenderTest;
import org.minigpt4j.track.store.StubServer.Fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is read back from a server. */
class RestStoreTest {

    @Test
    void pointsComeByStepWhateverTheServersOrderAndPages() throws Exception {
        try (StubServer server = new StubServer(() -> Fault.NONE, 0);
                RestStore store =
                        new RestStore(
                                server.uri(), SpoolSenderTest.TOKEN, Duration.ofSeconds(60))) {
            String id =
                    store.createRun(
                            new NewRun("task", "a run", "key", 1000, "me", Map.of("a", "b")));
            List<Point> told = new ArrayList<>();
            for (long step = 1; step <= 250; step++) {
                told.add(new Point("loss", 1.0 / step, 1000 + step, step));
            }
            store.log(id, told);
            assertEquals(told, store.history(id, "loss"));
            RunView run = store.runs().get(0);
            assertEquals(
                    List.of(id, "task", "a run"), List.of(run.id(), run.experiment(), run.name()));
            assertEquals(told.get(249), run.latest().get("loss"));
        }
    }

    @Test
    void dataSetsComeAsTheyWereTold() throws Exception {
        RunInput training =
                RunInput.at("s3a://bucket/{0..9}.tar", "laion", "0123abcd", "{}", "training");
        RunInput heldOut = RunInput.at("/data/held", "laion", "4567abcd", "{}", "validation");
        assertEquals("s3", training.sourceType());
        assertEquals("{\"uri\":\"/data/held\"}", heldOut.source());
        try (StubServer server = new StubServer(() -> Fault.NONE, 0);
                RestStore store =
                        new RestStore(
                                server.uri(), SpoolSenderTest.TOKEN, Duration.ofSeconds(60))) {
            String id = store.createRun(new NewRun("task", "r", "key", 1000, "me", Map.of()));
            store.addInputs(id, List.of(heldOut, training));
            store.addInputs(id, List.of(training));
            assertEquals(List.of(training, heldOut), store.runs().get(0).inputs());
            assertEquals(List.of(), server.complaints);
        }
    }
}
