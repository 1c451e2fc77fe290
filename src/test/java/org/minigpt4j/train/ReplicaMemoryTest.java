package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.FailedException;
import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.text.TextBatch;

import java.util.List;

/** What a replica says when there is no memory for its micro-batch. */
class ReplicaMemoryTest {

    private static final MicroBatch BATCH =
            new MicroBatch(
                    0,
                    224,
                    "web",
                    new int[0],
                    new int[0],
                    List.<Example>of(),
                    TextBatch.of(
                            new int[0],
                            new int[0],
                            List.of(new int[] {3, 4}, new int[] {5}),
                            32,
                            1,
                            2));

    private static String told(Throwable shortage) {
        return assertThrows(
                        FailedException.class,
                        () ->
                                Replicas.sized(
                                        BATCH,
                                        () -> {
                                            if (shortage instanceof Error error) {
                                                throw error;
                                            }
                                            throw (RuntimeException) shortage;
                                        }))
                .getMessage();
    }

    @Test
    void theSizeIsToldAndWhatToLower() {
        String heap = told(new OutOfMemoryError("Java heap space"));
        assertTrue(heap.startsWith("java.lang.OutOfMemoryError: Java heap space. There"), heap);
        assertTrue(heap.contains("pictures of 224 x 224"), heap);
        assertTrue(heap.contains("lower run.batch_size_train"), heap);
        String gpu = told(new IllegalStateException("CUDA out of memory. Tried\nto allocate"));
        assertTrue(gpu.contains("CUDA out of memory. Tried. There is not enough memory for"), gpu);
    }

    @Test
    void otherFailuresStayWhatTheyAre() {
        var other = new IllegalStateException("shape");
        var thrown =
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                Replicas.sized(
                                        BATCH,
                                        () -> {
                                            throw other;
                                        }));
        assertSame(other, thrown);
        assertEquals(7, Replicas.sized(BATCH, () -> 7));
    }
}
