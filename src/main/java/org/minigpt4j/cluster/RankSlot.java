package org.minigpt4j.cluster;

import org.apache.spark.SparkConf;
import org.minigpt4j.UsageException;

/**
 * What a rank gets of a cluster: a whole executor, because DJL collects gradients once a JVM, with
 * all of its cores and GPUs.
 */
final class RankSlot {

    private static final String TASK_GPUS = "spark.task.resource.gpu.amount";
    private static final String EXECUTOR_GPUS = "spark.executor.resource.gpu.amount";

    private RankSlot() {}

    /**
     * Completes Spark's settings, so that one task fills an executor.
     *
     * @throws UsageException if they say that several ranks share one
     */
    static void complete(SparkConf conf, int hosts) {
        conf.setIfMissing("spark.executor.cores", "1");
        String cores = conf.get("spark.executor.cores");
        conf.set("spark.task.cpus", cores);
        conf.setIfMissing("spark.cores.max", "" + hosts * Integer.parseInt(cores));
        conf.setIfMissing("spark.executor.instances", "" + hosts);
        double task = conf.getDouble(TASK_GPUS, 0);
        double executor = conf.getDouble(EXECUTOR_GPUS, 0);
        if (task != Math.rint(task)) {
            throw new UsageException(
                    "%s is %s; a rank takes whole GPUs".formatted(TASK_GPUS, conf.get(TASK_GPUS)));
        } else if (task == 0 && executor > 0) {
            conf.set(TASK_GPUS, conf.get(EXECUTOR_GPUS));
        } else if (executor == 0 && task > 0) {
            conf.set(EXECUTOR_GPUS, conf.get(TASK_GPUS));
        } else if (task != executor) {
            throw new UsageException(
                    ("%s is %s and %s is %s; each rank needs its own executor, so set"
                                    + " both to the number of GPUs of a rank")
                            .formatted(
                                    EXECUTOR_GPUS,
                                    conf.get(EXECUTOR_GPUS),
                                    TASK_GPUS,
                                    conf.get(TASK_GPUS)));
        }
    }

    /** What to ask for less of when a cluster has too few of them, in words. */
    static String needs(SparkConf conf) {
        String gpus = conf.get(EXECUTOR_GPUS, "0");
        String cores = conf.get("spark.executor.cores");
        String memory = conf.get("spark.executor.memory", "1g");
        return gpus.equals("0")
                ? "%s cores (--executor-cores) and %s of memory (--executor-memory)"
                        .formatted(cores, memory)
                : "%s GPUs (%s), %s cores (--executor-cores) and %s of memory (--executor-memory)"
                        .formatted(gpus, EXECUTOR_GPUS, cores, memory);
    }
}
