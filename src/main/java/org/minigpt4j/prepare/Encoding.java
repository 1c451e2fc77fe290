package org.minigpt4j.prepare;

import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.minigpt4j.FailedException;
import org.minigpt4j.cluster.SparkHosts;
import org.minigpt4j.data.feature.FeaturePart;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.prepare.encode.EncodePart;
import org.minigpt4j.prepare.encode.EncodePlan;
import org.minigpt4j.prepare.encode.EncodeTask;
import org.minigpt4j.prepare.encode.Encoded;
import org.minigpt4j.prepare.encode.FeatureEncoder;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The driver of an encoding: fills the store of features that a training run reads with all of its
 * pictures, in parts that are ordinary tasks of Spark. All state is in the store, so a job that was
 * killed is continued by the same command, which makes the parts that are missing.
 */
public final class Encoding {

    private static final long LOOK_EVERY_MILLIS = 200;

    private Encoding() {}

    /** Whoever watches. */
    public interface Listener {

        /** A sentence for a person. */
        void notice(String sentence);

        /** How far it is, several times a second. */
        void progress(long encoded, long of);
    }

    /**
     * What it came to.
     *
     * @param present pictures that the store had before
     * @param encoded what was done now
     */
    public record Summary(long present, Encoded encoded) {}

    /**
     * Encodes what the store does not have.
     *
     * @param perPart most pictures of a task
     * @param master Spark's; none for what {@code spark-submit} says, or this machine's cores
     * @param sparkOptions {@code spark.*}
     * @throws org.minigpt4j.UsageException if anything named is not as it must be
     * @throws FailedException if the work could not be finished; finished parts are kept
     * @throws InterruptedException if the thread is told to stop
     */
    public static Summary run(
            FeatureEncoder encoder,
            int perPart,
            Optional<String> master,
            Map<String, String> sparkOptions,
            Listener listener)
            throws InterruptedException {
        try {
            return encode(encoder, perPart, master, sparkOptions, listener);
        } finally {
            encoder.close();
        }
    }

    private static Summary encode(
            FeatureEncoder encoder,
            int perPart,
            Optional<String> master,
            Map<String, String> sparkOptions,
            Listener listener)
            throws InterruptedException {
        EncodePlan plan;
        EncodeTask task;
        try (FeatureStore store = encoder.store()) {
            FeaturePart.sweep(store.folder());
            plan = EncodePlan.of(encoder.pictures(List.of()), store, perPart);
            String folder = store.folder().toAbsolutePath().toString();
            task = new EncodeTask(encoder, folder, store.kind());
        }
        listener.notice(
                "%,d pictures are in the store, %,d are to be encoded, in %,d parts"
                        .formatted(plan.present(), plan.missing(), plan.parts().size()));
        if (plan.parts().isEmpty()) {
            return new Summary(plan.present(), plan.nameless());
        }
        Map<String, String> options = new HashMap<>(sparkOptions);
        options.putIfAbsent("spark.app.name", "minigpt4j encode");
        PrepareSession session = PrepareSession.open(master, options);
        int exitCode = 1;
        try {
            Encoded encoded = encode(session.spark(), task, plan, listener);
            requireThere(encoder, plan.present() + encoded.pictures());
            exitCode = 0;
            return new Summary(plan.present(), encoded.plus(plan.nameless()));
        } finally {
            session.close(exitCode);
        }
    }

    private static Encoded encode(
            JavaSparkContext spark, EncodeTask task, EncodePlan plan, Listener listener)
            throws InterruptedException {
        LongAccumulator done = new LongAccumulator();
        spark.sc().register(done, "pictures");
        spark.setJobDescription("encode %,d pictures".formatted(plan.missing()));
        try {
            JavaFutureAction<List<Encoded>> job =
                    spark.parallelize(plan.parts(), plan.parts().size())
                            .map(part -> encoded(task, part, done))
                            .collectAsync();
            while (true) {
                try {
                    return job.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS).stream()
                            .reduce(Encoded::plus)
                            .orElseThrow();
                } catch (TimeoutException e) {
                    listener.progress(done.value(), plan.missing());
                }
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // Spark throws exceptions that are checked and that its methods do not declare.
            throw SparkFailure.translate(e, "encoding", "parts", "run.batch_size_train");
        }
    }

    private static Encoded encoded(EncodeTask task, EncodePart part, LongAccumulator done)
            throws InterruptedException {
        Encoded encoded = task.run(part, SparkHosts.gpus(TaskContext.get()));
        done.add(part.samples().length);
        return encoded;
    }

    /** Hosts may have written to folders of their own. */
    private static void requireThere(FeatureEncoder encoder, long pictures) {
        try (FeatureStore store = encoder.store()) {
            if (store.size() < pictures) {
                throw new FailedException(
                        "run.cache_features: %s has %,d pictures here, and %,d were encoded; name a folder on storage that all hosts share"
                                .formatted(store.folder(), store.size(), pictures));
            }
        }
    }
}
