package org.minigpt4j.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.UsageException;

/** Settings with which each rank has an executor of its own. */
class RankSlotTest {

    private static final String TASK = "spark.task.resource.gpu.amount";
    private static final String EXECUTOR = "spark.executor.resource.gpu.amount";

    private final SparkConf conf = new SparkConf(false);

    @Test
    void aTaskFillsItsExecutor() {
        conf.set("spark.executor.cores", "16");
        RankSlot.complete(conf, 3);
        assertEquals("16", conf.get("spark.task.cpus"));
        assertEquals("48", conf.get("spark.cores.max"));
        assertEquals("3", conf.get("spark.executor.instances"));
        assertEquals(false, conf.contains(TASK));
        assertEquals(
                "16 cores (--executor-cores) and 1g of memory (--executor-memory)",
                RankSlot.needs(conf));
    }

    @ParameterizedTest
    @CsvSource({TASK + ",1,1", EXECUTOR + ",4,4"})
    void oneOfTheTwoNumbersOfGpusIsEnough(String key, String amount, String both) {
        conf.set(key, amount);
        RankSlot.complete(conf, 2);
        assertEquals(both, conf.get(TASK));
        assertEquals(both, conf.get(EXECUTOR));
        assertTrue(RankSlot.needs(conf).startsWith(both + " GPUs ("), RankSlot.needs(conf));
    }

    @ParameterizedTest
    @CsvSource({"0.5,1,whole GPUs", "1,4,its own executor"})
    void severalRanksInAnExecutorAreRefused(String task, String executor, String words) {
        conf.set(TASK, task).set(EXECUTOR, executor);
        UsageException mistake =
                assertThrows(UsageException.class, () -> RankSlot.complete(conf, 2));
        assertTrue(mistake.getMessage().contains(words), mistake.getMessage());
    }
}
