package org.minigpt4j.prepare;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;

import scala.Tuple2;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Starts Spark with the settings that a preparation needs. */
final class PrepareSession {

    private static final String HADOOP = "spark.hadoop.";

    private PrepareSession() {}

    /**
     * A session on {@code master}; without one on what {@code spark-submit} says, or on this
     * machine's cores.
     *
     * @throws UsageException if the master is none of Spark's
     * @throws FailedException if Spark does not start
     */
    static SparkSession open(Optional<String> master, Map<String, String> options) {
        SparkConf conf = new SparkConf();
        options.forEach(conf::set);
        master.ifPresent(conf::setMaster);
        conf.setIfMissing("spark.master", "local[*,4]");
        conf.setIfMissing("spark.app.name", "minigpt4j prepare");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
        // A second maker of a shard would only be in the way of the first.
        conf.set("spark.speculation", "false");
        try {
            return SparkSession.builder().config(conf).getOrCreate();
        } catch (Exception e) {
            // Spark throws exceptions that are checked and that its methods do not declare.
            String what = SparkFailure.oneLine(e);
            throw what.toLowerCase(Locale.ROOT).contains("master url")
                    ? new UsageException(
                            "--master: %s is none of Spark's masters; give local[8] or spark://host:7077, for instance"
                                    .formatted(conf.get("spark.master")),
                            e)
                    : new FailedException("Spark does not start: " + what, e);
        }
    }

    /** What was said with {@code spark.hadoop.}, for file systems that are opened elsewhere. */
    static Map<String, String> hadoopOptions(SparkSession spark) {
        Map<String, String> options = new HashMap<>();
        for (Tuple2<String, String> entry : spark.sparkContext().getConf().getAll()) {
            if (entry._1.startsWith(HADOOP)) {
                options.put(entry._1.substring(HADOOP.length()), entry._2);
            }
        }
        return options;
    }
}
