package org.minigpt4j.prepare.task;

import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

import scala.Tuple4;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

import java.util.HashMap;
import java.util.Map;

/** What tasks that still run have counted so far, as their executors' heartbeats tell. */
public final class LiveTally extends SparkListener {

    private final Map<Long, Tally.Counts> running = new HashMap<>();

    @Override
    public synchronized void onTaskStart(SparkListenerTaskStart start) {
        running.put(start.taskInfo().taskId(), Tally.Counts.NONE);
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
        running.remove(end.taskInfo().taskId());
    }

    @Override
    public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
                CollectionConverters.asJava(update.accumUpdates())) {
            for (AccumulableInfo info : CollectionConverters.asJava(task._4())) {
                if (info.update().isDefined()
                        && info.update().get() instanceof Tally.Counts counts
                        && running.containsKey((Long) task._1())) {
                    running.put((Long) task._1(), counts);
                }
            }
        }
    }

    /** Summed over the tasks that run. */
    public synchronized Tally.Counts value() {
        return running.values().stream().reduce(Tally.Counts.NONE, Tally.Counts::plus);
    }
}
