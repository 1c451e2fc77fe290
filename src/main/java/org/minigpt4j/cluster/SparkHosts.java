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
 * Hosts of a Spark cluster that run a task each. They are ordinary tasks of one stage, not a
 * barrier stage: when one fails, Spark starts it again elsewhere and the others go on. Spark places
 * and starts them; it is told to take any number of failures, as the run itself judges those.
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
     * @param answers what ranks are answered; called on Spark's thread, so it must not wait
     * @param ended told when a rank's task has failed, and how
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
                    "run.hosts is %d, and this is one machine: start it with launch/spark/standalone train ..., yarn or kubernetes"
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
     * How Spark encrypts its messages in this process, for those of ranks; empty if it does not.
     */
    public static Optional<WireTls> tls() {
        Map<String, String> settings = new TreeMap<>();
        for (Tuple2<String, String> one : SparkEnv.get().conf().getAll()) {
            if (one._1().startsWith("spark.ssl.")) {
                settings.put(one._1(), one._2());
            }
        }
        // Spark hands passwords to executors by their environment.
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
     * Waits until the cluster has given enough executors.
     *
     * @throws FailedException if it gives fewer than {@code least} in time
     */
    public void await(int least, long seconds, BooleanSupplier stop) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (executors() < hosts && !stop.getAsBoolean()) {
            if (System.nanoTime() > end) {
                if (executors() >= least) {
                    return;
                }
                throw new FailedException(
                        "run.hosts asks for %d hosts, run.min_hosts for %d at least, and the cluster gave %d within %d s. Free some, or ask for less of each: now it is %s"
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

    /** Brings bytes to all hosts, once each. */
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

    /** Says on Spark's own pages how the run goes. */
    public void describe(String words) {
        page.describe(words);
    }

    /** Whether all tasks have ended; fails if Spark has given them up. */
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

    /** Ends Spark, and with it what still runs. */
    @Override
    public void close() {
        if (job != null && !job.isDone()) {
            job.cancel(true);
        }
        spark.stop();
        RankPlugin.answerBy(null);
    }

    /** A task in its executor. */
    private record Place(HostTask task) implements VoidFunction<Iterator<Integer>> {

        private static final AtomicBoolean TAKEN = new AtomicBoolean();

        @Override
        public void call(Iterator<Integer> slots) throws InterruptedException {
            TaskContext context = TaskContext.get();
            if (!TAKEN.compareAndSet(false, true)) {
                throw new FailedException(
                        "two ranks in one executor: let spark.task.cpus be spark.executor.cores");
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

    /** The GPUs that Spark gave a task, by number; empty if it gives out none. */
    public static List<String> gpus(TaskContext context) {
        ResourceInformation gpus = context.resourcesJMap().get("gpu");
        return gpus == null ? List.of() : List.of(gpus.addresses());
    }
}
