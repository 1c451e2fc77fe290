package org.minigpt4j.cluster;

import org.apache.spark.SparkContext;
import org.apache.spark.status.JobDataWrapper;
import org.apache.spark.status.api.v1.JobData;
import org.apache.spark.util.kvstore.KVStore;

import scala.Option;

import java.util.NoSuchElementException;

/**
 * Shows the run's progress on Spark's own pages, as the description of its one job. Spark sets a
 * description only when a job starts, so this class overwrites the entry that Spark's pages and
 * REST API read. Spark rewrites the entry whenever a task starts or ends; the next step restores
 * our text.
 */
final class RunPage {

    private final KVStore store;

    RunPage(SparkContext spark) {
        store = spark.statusStore().store();
    }

    /** Sets the description of all running jobs. */
    void describe(String words) {
        try {
            for (JobDataWrapper job : store.view(JobDataWrapper.class)) {
                if (job.info().completionTime().isEmpty()) {
                    store.write(
                            new JobDataWrapper(
                                    described(job.info(), words),
                                    job.skippedStages(),
                                    job.sqlExecutionId()));
                }
            }
        } catch (NoSuchElementException gone) {
            return; // Spark removed the job in the meantime
        } catch (Exception e) { // KVStore.write declares Exception
            throw new IllegalStateException(e);
        }
    }

    private static JobData described(JobData job, String words) {
        return new JobData(
                job.jobId(),
                job.name(),
                Option.apply(words),
                job.submissionTime(),
                job.completionTime(),
                job.stageIds(),
                job.jobGroup(),
                job.jobTags(),
                job.status(),
                job.numTasks(),
                job.numActiveTasks(),
                job.numCompletedTasks(),
                job.numSkippedTasks(),
                job.numFailedTasks(),
                job.numKilledTasks(),
                job.numCompletedIndices(),
                job.numActiveStages(),
                job.numCompletedStages(),
                job.numSkippedStages(),
                job.numFailedStages(),
                job.killedTasksSummary());
    }
}
