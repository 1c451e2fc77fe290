package org.minigpt4j.cluster;

import org.apache.spark.SparkContext;
import org.apache.spark.status.JobDataWrapper;
import org.apache.spark.status.api.v1.JobData;
import org.apache.spark.util.kvstore.KVStore;

import scala.Option;

import java.util.NoSuchElementException;

/**
 * The run on Spark's own pages: the description of its one job. Spark takes a description when a
 * job starts and not later, so the entry that its pages and REST answers read is written again.
 * Spark writes it as well when a task comes or goes, and the next step puts it right again.
 */
final class RunPage {

    private final KVStore store;

    RunPage(SparkContext spark) {
        store = spark.statusStore().store();
    }

    /** Sets the description of the jobs that run. */
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
            return; // another one removed it meanwhile
        } catch (Exception e) { // of the store, which Spark declares to throw anything
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
