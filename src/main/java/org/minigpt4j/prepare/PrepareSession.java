package org.minigpt4j.prepare;

import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.Utils;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.HadoopUser;
import org.minigpt4j.io.PlainLocalFileSystem;

import scala.Tuple2;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Spark with the settings that a preparation needs, until it is stopped or closed. */
final class PrepareSession {

    private static final String HADOOP = "spark.hadoop.";
    private static final String LOCAL = "local[*,4]";
    private static final String LOCAL_FILES = HADOOP + "fs.file.impl";

    /** Before Spark's own hook, which has 50 at most. */
    private static final int BEFORE_SPARK = 100;

    private final JavaSparkContext spark;
    private final Runnable quiet;

    private PrepareSession(JavaSparkContext spark) {
        this.spark = spark;
        // Tasks that a signal ends would each be told with a trace.
        this.quiet = () -> spark.setLogLevel("OFF");
        ShutdownHookManager.get().addShutdownHook(quiet, BEFORE_SPARK);
    }

    JavaSparkContext spark() {
        return spark;
    }

    /** Ends Spark; a cluster hears whether the work succeeded. */
    void close(int exitCode) {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            ShutdownHookManager.get().removeShutdownHook(quiet);
        }
        spark.sc().stop(exitCode);
    }

    /**
     * A session on {@code master}; without one on what {@code spark-submit} says, or on this
     * machine's cores.
     *
     * @throws UsageException if the master is none of Spark's
     * @throws FailedException if Spark does not start
     */
    static PrepareSession open(Optional<String> master, Map<String, String> options) {
        // Spark's classes ask for the machine's address as soon as one of them is loaded.
        nameThisMachine(master.orElse(options.getOrDefault("spark.master", LOCAL)));
        SparkConf conf = settings(master, options);
        HadoopUser.require();
        requireLocalFolder(conf);
        try {
            return new PrepareSession(
                    JavaSparkContext.fromSparkContext(SparkContext.getOrCreate(conf)));
        } catch (Exception e) {
            // Spark throws exceptions that are checked and that its methods do not declare.
            String what = SparkFailure.oneLine(e);
            if (what.contains("System memory")) {
                throw new FailedException(
                        String.format(
                                Locale.ROOT,
                                "Java may use %.2f GB, and Spark needs 0.5 or more:"
                                        + " JAVA_OPTS=-Xmx2g before the same command",
                                Runtime.getRuntime().maxMemory() / 1e9),
                        e);
            }
            throw what.toLowerCase(Locale.ROOT).contains("master url")
                    ? new UsageException(
                            ("--master: %s is not a Spark master; give, for example,"
                                            + " local[8] or spark://host:7077")
                                    .formatted(conf.get("spark.master")),
                            e)
                    : new FailedException("Spark does not start: " + what, e);
        }
    }

    /** What was asked for, and what a preparation needs where nothing was asked for. */
    static SparkConf settings(Optional<String> master, Map<String, String> options) {
        SparkConf conf = new SparkConf();
        options.forEach(conf::set);
        master.ifPresent(conf::setMaster);
        conf.setIfMissing("spark.master", LOCAL);
        conf.setIfMissing("spark.app.name", "minigpt4j prepare");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
        // The checksums that Hadoop keeps beside local files outlive what other programs write.
        // A cluster's own processes do not know our class, and local names are not its business.
        if (conf.get("spark.master").matches("local(\\[.*)?")) {
            conf.setIfMissing(LOCAL_FILES, PlainLocalFileSystem.class.getName());
            // An error in a task would end this JVM with a trace; the task fails instead.
            conf.setIfMissing("spark.executor.killOnFatalError.depth", "0");
            // Spark's own pages take seconds to start.
            conf.setIfMissing("spark.ui.enabled", "false");
        }
        // A second maker of a shard would only be in the way of the first.
        conf.set("spark.speculation", "false");
        return conf;
    }

    /** Without one of its own Spark ends the JVM. */
    private static void requireLocalFolder(SparkConf conf) {
        String tmp = System.getProperty("java.io.tmpdir");
        Path folder = Path.of(conf.get(SparkFailure.LOCAL_DIR, tmp).split(",")[0]);
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempDirectory(folder, "minigpt4j"));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    /** Spark asks for the address of this machine's name and ends where there is none. */
    private static void nameThisMachine(String master) {
        try {
            InetAddress.getLocalHost();
        } catch (UnknownHostException e) {
            if (!master.startsWith("local")) {
                throw new FailedException(
                        "The name of this machine has no address (%s), so a cluster cannot reach it; enter it in /etc/hosts, or set SPARK_LOCAL_HOSTNAME to a name that has one"
                                .formatted(e.getMessage()),
                        e);
            }
            Utils.setCustomHostname("localhost");
        }
    }

    /** What was said with {@code spark.hadoop.}, for file systems that are opened elsewhere. */
    Map<String, String> hadoopOptions() {
        Map<String, String> options = new HashMap<>();
        for (Tuple2<String, String> entry : spark.getConf().getAll()) {
            if (entry._1.startsWith(HADOOP)) {
                options.put(entry._1.substring(HADOOP.length()), entry._2);
            }
        }
        return options;
    }
}
