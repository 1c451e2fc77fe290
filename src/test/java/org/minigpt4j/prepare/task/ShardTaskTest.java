package org.minigpt4j.prepare.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.minigpt4j.FailedException;
import org.minigpt4j.image.PicturePreparer;
import org.minigpt4j.image.PictureSettings;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.shard.PairRow.Status;
import org.minigpt4j.prepare.task.PictureSource.Arrived;

import java.io.IOException;
import java.util.concurrent.CompletionException;

class ShardTaskTest {

    private final PicturePreparer preparer = new PicturePreparer(PictureSettings.defaults());
    private final Candidate pair = new Candidate("http://a.example/1", "a", null, new JsonObject());
    private final Arrived picture = new Arrived(new SceneWorld(1, 75).jpeg(1), null);

    @Test
    void anErrorOnTheWayCostsItsPairAlone() throws Exception {
        for (Error error : new Error[] {new StackOverflowError(), new OutOfMemoryError("heap")}) {
            var failed = new ShardTask.Landed(0, null, error);
            var row = ShardTask.settled("0", pair, failed, preparer).row();
            assertEquals(Status.FAILED_TO_DOWNLOAD, row.status());
            assertEquals("internal", row.cause());
            assertTrue(row.error().contains(error.toString()), row.error());
        }
        var whole = new ShardTask.Landed(0, picture, null);
        assertTrue(ShardTask.settled("0", pair, whole, preparer).row().isSuccess());
    }

    @Test
    void aFullDiskEndsTheShardAndCostsNoPair() {
        var full = new FailedException("no room", new IOException("No space left on device"));
        var landed = new ShardTask.Landed(0, null, new CompletionException(full));
        assertSame(
                full,
                assertThrows(
                        FailedException.class,
                        () -> ShardTask.settled("0", pair, landed, preparer)));
    }

    @Test
    void anErrorInPreparingCostsItsPairAlone() throws Exception {
        var settled = ShardTask.settled("0", pair, new ShardTask.Landed(0, picture, null), null);
        assertEquals(Status.FAILED_TO_RESIZE, settled.row().status());
        assertEquals("internal", settled.row().cause());
    }

    @Test
    void aTaskThatIsEndedDoesNotBlameThePair() {
        var whole = new ShardTask.Landed(0, picture, null);
        Thread.currentThread().interrupt();
        try {
            assertThrows(
                    InterruptedException.class,
                    () -> ShardTask.settled("0", pair, whole, preparer));
        } finally {
            Thread.interrupted();
        }
    }
}
