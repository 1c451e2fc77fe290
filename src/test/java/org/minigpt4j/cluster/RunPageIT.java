package org.minigpt4j.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

/** What Spark's pages say of a job that runs. */
@Timeout(60)
class RunPageIT {

    private static final CountDownLatch RUNS = new CountDownLatch(1);
    private static final CountDownLatch END = new CountDownLatch(1);

    @Test
    void theDescriptionOfTheRunningJobFollowsTheRun() throws Exception {
        SparkConf conf = new SparkConf(false).setMaster("local[1]").setAppName("page");
        conf.set("spark.ui.enabled", "false").set("spark.driver.bindAddress", "127.0.0.1");
        conf.set("spark.driver.host", "127.0.0.1");
        try (JavaSparkContext spark = new JavaSparkContext(conf)) {
            spark.setJobDescription("one that is over");
            spark.parallelize(List.of(1), 1).count();
            spark.setJobDescription("train");
            Future<Void> job =
                    spark.parallelize(List.of(1), 1)
                            .foreachAsync(
                                    one -> {
                                        RUNS.countDown();
                                        END.await();
                                    });
            RUNS.await();
            RunPage page = new RunPage(spark.sc());
            page.describe("step 1 of 9, loss 3.2");
            while (!description(spark, 1).equals("step 1 of 9, loss 3.2")) {
                page.describe("step 1 of 9, loss 3.2"); // Spark may write at the same time
            }
            page.describe("step 2 of 9, loss 3.1");
            assertEquals("step 2 of 9, loss 3.1", description(spark, 1));
            assertEquals("one that is over", description(spark, 0));
            END.countDown();
            job.get();
        }
    }

    private static String description(JavaSparkContext spark, int job) {
        return spark.sc().statusStore().job(job).description().get();
    }
}
