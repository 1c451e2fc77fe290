package org.minigpt4j.cluster;

import org.apache.spark.SparkConf;
import org.minigpt4j.UsageException;

/**
 * A rank's share of a cluster: one whole executor with all its cores and GPUs, because DJL allows
 * one gradient collector per JVM.
 */
final class RankSlot {

    private static final String TASK_GPUS = "spark.task.resource.gpu.amount";
    private static final String EXECUTOR_GPUS = "spark.executor.resource.gpu.amount";

    private RankSlot() {}

    /**
     * Completes Spark's settings so that one task fills an executor.
     *
     * @throws UsageException if the settings let several ranks share an executor
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
                    "%s is %s; a rank needs whole GPUs".formatted(TASK_GPUS, conf.get(TASK_GPUS)));
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

    /**
     * The resources that each executor requests, as text for the message about a cluster that
     * cannot provide them.
     */
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
