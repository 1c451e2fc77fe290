package org.minigpt4j.cluster;

import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.cluster.exchange.WireTls;
import org.minigpt4j.cluster.protocol.MemberId;

import scala.Tuple2;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Hosts of a Spark cluster that run one task each. They are ordinary tasks of one stage, not a
 * barrier stage: when one fails, Spark restarts it elsewhere and the others continue. Spark places
 * and starts the tasks. Its limit on task failures is set high, because the run itself decides
 * which failures to accept.
 */
public final class SparkHosts implements AutoCloseable {

    private static final int LIVES_OF_A_STAGE = 10_000;
    private static final Map<String, String> PASSWORDS =
            Map.of(
                    "_SPARK_SSL_RPC_KEY_PASSWORD", "spark.ssl.rpc.keyPassword",
                    "_SPARK_SSL_RPC_KEY_STORE_PASSWORD", "spark.ssl.rpc.keyStorePassword",
                    "_SPARK_SSL_RPC_TRUST_STORE_PASSWORD", "spark.ssl.rpc.trustStorePassword");

    private final JavaSparkContext spark;
    private final int hosts;
    private JavaFutureAction<Void> job;
    private RunPage page;

    /**
     * Connects to the cluster that {@code spark-submit} named.
     *
     * @param answers answers the reports of ranks; called on Spark's thread, so it must not block
     * @param ended called with the rank and the reason when a rank's task fails
     * @throws UsageException if the program was not started through {@code launch/spark}
     * @throws FailedException if Spark does not start
     */
    public SparkHosts(
            String name,
            int hosts,
            Function<RankWord, DriverWord> answers,
            BiConsumer<MemberId, String> ended) {
        this.hosts = hosts;
        SparkConf conf = new SparkConf();
        if (!conf.contains("spark.master")) {
            throw new UsageException(
                    "run.hosts is %d, but this process runs on one machine; start it with launch/spark/standalone train ..., or with launch/spark/yarn or launch/spark/kubernetes"
                            .formatted(hosts));
        }
        conf.setIfMissing("spark.app.name", name);
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        RankSlot.complete(conf, hosts);
        conf.set("spark.dynamicAllocation.enabled", "false");
        conf.set("spark.speculation", "false");
        conf.set("spark.task.maxFailures", "" + LIVES_OF_A_STAGE);
        conf.set("spark.excludeOnFailure.enabled", "false");
        conf.set("spark.plugins", RankPlugin.class.getName());
        RankPlugin.answerBy(answers);
        try {
            spark = new JavaSparkContext(conf);
        } catch (RuntimeException e) {
            throw new FailedException("Spark does not start: " + e.getMessage(), e);
        }
        spark.sc()
                .addSparkListener(
                        new SparkListener() {
                            @Override
                            public void onTaskEnd(SparkListenerTaskEnd end) {
                                if (!end.taskInfo().successful()) {
                                    ended.accept(
                                            id(
                                                    end.taskInfo().index(),
                                                    end.stageAttemptId(),
                                                    end.taskInfo().attemptNumber()),
                                            words(end));
                                }
                            }
                        });
    }

    private static String words(SparkListenerTaskEnd end) {
        String reason = end.reason().toString();
        return reason.startsWith("ExecutorLostFailure")
                ? "lost its executor"
                : "failed (%s)".formatted(reason.lines().findFirst().orElse(reason));
    }

    private static MemberId id(int slot, int stageAttempt, int attempt) {
        return new MemberId(slot, (long) stageAttempt * LIVES_OF_A_STAGE + attempt);
    }

    /**
     * TLS for the connections between ranks, from the settings that Spark uses for its own messages
     * in this process; empty if Spark does not use TLS.
     */
    public static Optional<WireTls> tls() {
        Map<String, String> settings = new TreeMap<>();
        for (Tuple2<String, String> one : SparkEnv.get().conf().getAll()) {
            if (one._1().startsWith("spark.ssl.")) {
                settings.put(one._1(), one._2());
            }
        }
        // Spark passes passwords to executors in environment variables.
        PASSWORDS.forEach(
                (variable, key) -> {
                    String value = System.getenv(variable);
                    if (value != null) {
                        settings.putIfAbsent(key, value);
                    }
                });
        return WireTls.of(settings);
    }

    /** The address that Spark uses in this process. */
    public static String address() {
        return SparkEnv.get().blockManager().blockManagerId().host();
    }

    /**
     * Waits until the cluster has started enough executors.
     *
     * @throws FailedException if fewer than {@code least} start in time
     */
    public void await(int least, long seconds, BooleanSupplier stop) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (executors() < hosts && !stop.getAsBoolean()) {
            if (System.nanoTime() > end) {
                if (executors() >= least) {
                    return;
                }
                throw new FailedException(
                        "run.hosts asks for %d hosts and run.min_hosts for at least %d, but the cluster gave %d within %d s. Free some, or request less per host; now each requests %s"
                                .formatted(
                                        hosts,
                                        least,
                                        executors(),
                                        seconds,
                                        RankSlot.needs(spark.getConf())));
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private int executors() {
        return spark.statusTracker().getExecutorInfos().length - 1; // the driver is one of them
    }

    /** Sends bytes to all hosts, once to each. */
    public Broadcast<byte[]> share(byte[] bytes) {
        return spark.broadcast(bytes);
    }

    /** Starts the task on all hosts. */
    public void start(HostTask task, String description) {
        spark.setJobDescription(description);
        page = new RunPage(spark.sc());
        List<Integer> slots = IntStream.range(0, hosts).boxed().toList();
        job = spark.parallelize(slots, hosts).foreachPartitionAsync(new Place(task));
    }

    /** Shows how the run is going on Spark's own pages. */
    public void describe(String words) {
        page.describe(words);
    }

    /**
     * Whether all tasks have ended.
     *
     * @throws FailedException if Spark has given up on them
     */
    public boolean isEnded() throws InterruptedException {
        try {
            job.get(0, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            String why = String.valueOf(e.getCause().getMessage());
            throw new FailedException(
                    "Spark ended the ranks: %s".formatted(why.lines().findFirst().orElse("")), e);
        }
    }

    /** Stops Spark and all tasks that still run. */
    @Override
    public void close() {
        if (job != null && !job.isDone()) {
            job.cancel(true);
        }
        spark.stop();
        RankPlugin.answerBy(null);
    }

    /** Runs the task in its executor. */
    private record Place(HostTask task) implements VoidFunction<Iterator<Integer>> {

        private static final AtomicBoolean TAKEN = new AtomicBoolean();

        @Override
        public void call(Iterator<Integer> slots) throws InterruptedException {
            TaskContext context = TaskContext.get();
            if (!TAKEN.compareAndSet(false, true)) {
                throw new FailedException(
                        "two ranks share one executor; set spark.task.cpus to the value of"
                                + " spark.executor.cores");
            }
            try {
                task.run(
                        id(
                                context.partitionId(),
                                context.stageAttemptNumber(),
                                context.attemptNumber()),
                        address(),
                        gpus(context));
            } finally {
                TAKEN.set(false);
            }
        }
    }

    /** Numbers of the GPUs that Spark assigned to a task; empty if Spark assigns none. */
    public static List<String> gpus(TaskContext context) {
        ResourceInformation gpus = context.resourcesJMap().get("gpu");
        return gpus == null ? List.of() : List.of(gpus.addresses());
    }
}
