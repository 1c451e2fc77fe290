package org.minigpt4j.prepare;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.io.DiskFull;
import org.minigpt4j.io.MemoryShortage;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.prepare.dedupe.Duplicates;
import org.minigpt4j.prepare.dedupe.KnownPictures;
import org.minigpt4j.prepare.list.PairList;
import org.minigpt4j.prepare.list.PairLists;
import org.minigpt4j.prepare.plan.Budget;
import org.minigpt4j.prepare.plan.ListPlan;
import org.minigpt4j.prepare.plan.Planner;
import org.minigpt4j.prepare.plan.SampleKeys;
import org.minigpt4j.prepare.report.PrepareReport;
import org.minigpt4j.prepare.task.ShardOrder;
import org.minigpt4j.prepare.task.ShardResult;
import org.minigpt4j.prepare.task.ShardSettings;
import org.minigpt4j.prepare.task.ShardTask;
import org.minigpt4j.prepare.task.Tally;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The driver: from the lists of a configuration to folders of shards with a manifest each.
 *
 * <p>It draws candidates once ({@link Planner}) and then works in rounds. A round makes as many
 * shards as are missing at the rate of success so far, each told how many pictures it may hold, so
 * that the budget is met and never passed; what failed is missing in the next round, which draws
 * upon the reserve. Between rounds equals across shards are sorted out ({@link Duplicates}). All
 * state is in the folders, written shard by shard, so a killed driver is continued by the same
 * command.
 */
public final class Preparation {

    private final PrepareConfig config;
    private final JavaSparkContext spark;
    private final PrepareListener listener;
    private final Map<String, String> hadoop;
    private final ShardSettings settings;
    private final Duplicates duplicates;
    private final List<SourceFolder> sources = new ArrayList<>();

    private Preparation(PrepareConfig config, PrepareSession session, PrepareListener listener) {
        this.config = config;
        this.spark = session.spark();
        this.listener = listener;
        this.hadoop = session.hadoopOptions();
        this.settings = ShardSettings.of(config, hadoop);
        this.duplicates =
                new Duplicates(
                        spark, settings.dedupe(), settings.samplesPerShard(), settings.hadoop());
    }

    /**
     * Prepares what the configuration says, or what is left of it.
     *
     * @param master Spark's; none for what {@code spark-submit} says, or this machine's cores
     * @param sparkOptions {@code spark.*}; {@code spark.hadoop.*} reach the file systems
     * @throws org.minigpt4j.UsageException if a list is not what the configuration says
     * @throws FailedException if the work could not be finished; finished shards are kept
     */
    public static PrepareSummary run(
            PrepareConfig config,
            Optional<String> master,
            Map<String, String> sparkOptions,
            PrepareListener listener) {
        listener.phase("starting Spark");
        PrepareSession session = PrepareSession.open(master, sparkOptions);
        int exitCode = 1; // YARN tells its users that an application failed
        try {
            PrepareSummary summary = new Preparation(config, session, listener).run();
            exitCode = summary.fellShort() ? 1 : 0;
            return summary;
        } finally {
            session.close(exitCode);
        }
    }

    private PrepareSummary run() {
        try (RemoteFiles files = new RemoteFiles(hadoop)) {
            Map<String, PairList> lists = openLists(files);
            openSources(lists);
            boolean anew = sources.stream().noneMatch(SourceFolder::isBegun);
            try (PrepareTracking tracking = PrepareTracking.open(config, anew, listener)) {
                return tracking.watch(() -> prepare(lists, tracking));
            }
        } catch (Exception e) {
            throw SparkFailure.translate(e);
        } finally {
            sources.forEach(SourceFolder::close);
        }
    }

    private PrepareSummary prepare(Map<String, PairList> lists, PrepareTracking tracking) {
        try {
            for (SourceFolder source : sources) {
                draw(source, lists.get(source.name()));
            }
            for (SourceFolder source : sources) {
                source.look().forEach(listener::notice);
            }
            listener.phase("fetching pictures");
            work(tracking);
            for (SourceFolder source : sources) {
                source.sweep();
                source.writeManifest();
                if (config.prepare().report() && !source.finished().isEmpty()) {
                    report(source);
                }
                tracking.finished(source);
            }
            return new PrepareSummary(sources.stream().map(SourceFolder::summary).toList());
        } catch (Exception e) {
            // Spark throws exceptions that are checked and that its methods do not declare.
            throw SparkFailure.translate(e);
        }
    }

    private Map<String, PairList> openLists(RemoteFiles files) {
        PairLists lists = new PairLists(spark, files);
        Map<String, PairList> opened = new HashMap<>();
        config.sources()
                .forEach(
                        (name, source) -> {
                            listener.phase("looking at the list " + name);
                            PairList list = lists.open(name, source);
                            listener.notice(name + ": " + list.description());
                            list.notices().forEach(told -> listener.notice(name + ": " + told));
                            opened.put(name, list);
                        });
        return opened;
    }

    private void openSources(Map<String, PairList> lists) throws IOException {
        List<Double> ratios =
                config.sources().values().stream().map(PrepareSourceConfig::ratio).toList();
        List<Long> shares = Budget.shares(config.prepare().budget(), ratios);
        for (String name : config.sources().keySet()) {
            int index = sources.size();
            String address = config.prepare().output().replaceAll("/+$", "") + "/" + name;
            refuseInSources(address);
            SourceFolder source = new SourceFolder(name, index, shares.get(index), address, hadoop);
            sources.add(source);
            source.checkEarlier(dependsOn(lists.get(name)));
            source.claim();
        }
    }

    /** Shards among what they are made of would be taken for a part of it. */
    private void refuseInSources(String address) {
        config.sources()
                .forEach(
                        (name, source) ->
                                source.path().stream()
                                        .filter(place -> PairLists.isIn(address, place))
                                        .findFirst()
                                        .ifPresent(
                                                place -> {
                                                    throw new UsageException(
                                                            ("prepare.output: %s is inside"
                                                                            + " sources.%s.path, %s; give a"
                                                                            + " folder outside of it")
                                                                    .formatted(
                                                                            address, name, place));
                                                }));
    }

    private void draw(SourceFolder source, PairList list) throws IOException {
        int perShard = config.prepare().samplesPerShard();
        Optional<ListPlan> earlier = source.earlier();
        long wanted =
                source.wanted() == Long.MAX_VALUE
                        ? Long.MAX_VALUE
                        : (long) Math.ceil(source.wanted() * (1 + config.prepare().reserve()));
        if (earlier.isPresent()
                && (earlier.get().whole() || earlier.get().candidates() >= wanted)) {
            source.keepPlan(earlier.get());
            return;
        }
        listener.phase(
                wanted == Long.MAX_VALUE
                        ? "drawing all pairs from the list %s".formatted(source.name())
                        : "drawing up to %,d pairs from the list %s"
                                .formatted(wanted, source.name()));
        int present = earlier.map(plan -> plan.shards(perShard)).orElse(0);
        Planner planner = new Planner(spark, config.prepare().seed(), perShard, hadoop);
        ListPlan plan =
                planner.draw(
                        list,
                        source.address(),
                        dependsOn(list),
                        wanted,
                        present,
                        notice -> listener.notice(source.name() + ": " + notice));
        if (plan.candidates() == 0) {
            throw new UsageException(
                    plan.rows() == 0
                            ? "sources.%s.path: there is no row in %s"
                                    .formatted(source.name(), list.description())
                            : "sources.%s.path: none of the %,d rows has an address in %s"
                                    .formatted(source.name(), plan.rows(), list.description()));
        }
        source.setPlan(plan);
        listener.notice(
                "%s: %,d rows, %,d pairs drawn (%,d rows without an address, %,d of the rows looked at share one)"
                        .formatted(
                                source.name(),
                                plan.rows(),
                                plan.candidates(),
                                plan.withoutAddress(),
                                plan.sameAddress()));
    }

    private TreeMap<String, String> dependsOn(PairList list) {
        TreeMap<String, String> from = new TreeMap<>();
        from.put("list", list.description());
        from.put("prepare.seed", "" + config.prepare().seed());
        from.put("prepare.samples_per_shard", "" + config.prepare().samplesPerShard());
        from.put("prepare.dedupe", "" + settings.dedupe().by());
        if (settings.dedupe().looksAtPictures()) {
            from.put("prepare.dedupe_distance", "" + settings.dedupe().distance());
        }
        from.put("picture", settings.picture().toString());
        from.put("filter", settings.captions() + " " + settings.columns());
        return from;
    }

    private void work(PrepareListener watcher) throws IOException {
        JavaSparkContext context = spark;
        List<ShardOrder> retries = new ArrayList<>();
        if (config.prepare().retryFailed()) {
            sources.forEach(source -> retries.addAll(source.retries()));
        }
        try (Watch watch = new Watch(context.sc(), this::kept, wanted(), watcher)) {
            round(context, watch, retries);
            sortOut(context, watch);
            List<ShardOrder> orders = next();
            while (!orders.isEmpty()) {
                round(context, watch, orders);
                sortOut(context, watch);
                orders = next();
            }
        }
    }

    private long kept() {
        return sources.stream().mapToLong(SourceFolder::kept).sum();
    }

    private Optional<Long> wanted() {
        return config.prepare().budget().isAll()
                ? Optional.empty()
                : Optional.of(config.prepare().budget().samples());
    }

    private List<ShardOrder> next() {
        List<ShardOrder> orders = new ArrayList<>();
        sources.forEach(source -> orders.addAll(source.next(config.prepare().samplesPerShard())));
        return orders;
    }

    /** Takes out all but the first of equals among finished shards. */
    private void sortOut(JavaSparkContext context, Watch watch) throws IOException {
        List<Duplicates.Place> places =
                sources.stream().flatMap(source -> source.places().stream()).toList();
        List<ShardOrder> orders = new ArrayList<>();
        duplicates
                .among(places, kept())
                .forEach(
                        (place, keys) ->
                                orders.add(
                                        new ShardOrder(
                                                place.folder(),
                                                place.shard(),
                                                new ShardOrder.Drop(Map.copyOf(keys)))));
        round(context, watch, orders);
    }

    private void round(JavaSparkContext context, Watch watch, List<ShardOrder> orders)
            throws IOException {
        if (orders.isEmpty()) {
            return;
        }
        for (SourceFolder source : sources) {
            source.forgetManifest();
        }
        List<Duplicates.Place> places =
                sources.stream().flatMap(source -> source.places().stream()).toList();
        Broadcast<KnownPictures> known = context.broadcast(duplicates.known(places, kept()));
        ShardSettings how = settings;
        Tally tally = watch.tally();
        try {
            List<ShardResult> made =
                    context.parallelize(orders, orders.size())
                            .map(order -> made(how, order, known.value(), tally))
                            .collect();
            for (ShardResult result : made) {
                for (SourceFolder source : sources) {
                    if (source.address().equals(result.folder())) {
                        source.finished(result.shard(), result.stats());
                    }
                }
            }
        } finally {
            known.destroy();
            watch.roundOver();
        }
    }

    /** Makes a shard; an exception that ends it names the shard. */
    private static ShardResult made(
            ShardSettings how, ShardOrder order, KnownPictures known, Tally tally)
            throws InterruptedException {
        try {
            return new ShardTask(how, order, known, tally).run();
        } catch (MiniGpt4Exception e) {
            throw e;
        } catch (IOException | RuntimeException | Error e) { // an error would end the executor
            if (MemoryShortage.caused(e)) {
                throw new FailedException(MemoryShortage.advice(e, ShardTask.KEYS), e);
            }
            throw new FailedException(
                    ("Shard %s of %s could not be made: %s. Finished ones are kept;"
                                    + " run the same command to retry the others.")
                            .formatted(
                                    SampleKeys.shard(order.shard()),
                                    order.folder(),
                                    SparkFailure.oneLine(e)),
                    e);
        }
    }

    /** Tells what became of the pairs; the shards are finished, with a report or without. */
    private void report(SourceFolder source) {
        listener.phase("writing the report of " + source.name());
        try {
            PrepareReport.Written written =
                    PrepareReport.write(
                            spark,
                            PairLists.uri(source.address()),
                            new PrepareReport.Settings(source.name(), config.prepare().seed()));
            listener.notice(source.name() + ": what became of its pairs: " + written.html());
        } catch (MiniGpt4Exception e) {
            if (DiskFull.caused(e)) {
                throw e; // the same command writes it when there is room
            }
            listener.notice(source.name() + ": there is no report: " + e.getMessage());
        }
    }
}
