package org.minigpt4j.prepare.task;

import org.minigpt4j.FailedException;
import org.minigpt4j.image.PicturePreparer;
import org.minigpt4j.image.Prepared;
import org.minigpt4j.io.DiskFull;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.MemoryShortage;
import org.minigpt4j.io.Upload;
import org.minigpt4j.prepare.dedupe.KnownPictures;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.plan.Plan;
import org.minigpt4j.prepare.plan.SampleKeys;
import org.minigpt4j.prepare.plan.ShardFolder;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PairRow.Status;
import org.minigpt4j.prepare.shard.PairTable;
import org.minigpt4j.prepare.shard.PreviousShard;
import org.minigpt4j.prepare.shard.ShardStats;
import org.minigpt4j.prepare.shard.ShardTar;
import org.minigpt4j.prepare.task.PictureSource.Arrived;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes one shard: the unit of work, and of commitment.
 *
 * <p><b>Order.</b> Pictures arrive in any order and are prepared as they arrive; but pairs are
 * taken into the shard in the order of the plan. So which pairs a shard holds, and its bytes,
 * depend on which addresses answered and with what, not on how fast; and when the shard has as many
 * as it may hold, it is the first ones of its plan. A slow address holds up nobody: up to {@link
 * #WINDOW} pairs after it are fetched and prepared meanwhile, as long as they are not too many
 * bytes ({@link Backlog}).
 *
 * <p><b>Commitment.</b> Each of the shard's files appears whole or not at all, in the order tar,
 * index, table, statistics. The statistics are the done mark: without them the shard is not
 * finished, whatever else is there. A maker killed before the tar appeared leaves nothing; one
 * killed after it leaves pictures that its successor takes over instead of fetching them again
 * ({@link PreviousShard}). A finished shard is changed the same way: its done mark goes first. What
 * differs between making a shard and making one over is in {@link ShardWork}.
 *
 * <p><b>Two makers.</b> After a driver or an executor is killed, a task of it can live on for a
 * moment while its successor is at work. Each maker claims the shard in a file before it begins and
 * looks whether the claim is still its own before its first file appears; if it is not, it leaves.
 * Files appear within milliseconds of that look. Of what little is left of the race the manifest's
 * check finds a tar that is not as long as its statistics say; it does not read tars again to
 * compare their hashes.
 */
public final class ShardTask {

    /** What to lower when there is no memory for a preparation. */
    public static final String KEYS = "fetch.connections or prepare.samples_per_shard";

    /** Pairs that may be ready and wait for one before them. */
    private static final int WINDOW = 4096;

    private final ShardSettings settings;
    private final ShardOrder order;
    private final ShardWork work;
    private final Tally tally;
    private final String name;
    private final SampleKeys numbering;
    private final double start = seconds();
    private final long begun = System.nanoTime();

    private final List<PairRow> rows = new ArrayList<>();
    private final Map<Integer, Ready> ready = new HashMap<>();
    private final BlockingQueue<Landed> landed = new LinkedBlockingQueue<>();
    private long kept;

    /** A pair whose fate is known; the picture is null if it has none, or is in the old tar. */
    record Ready(PairRow row, byte[] jpeg) {
        long size() {
            return jpeg == null ? 0 : jpeg.length;
        }
    }

    /** One of the two is null; what is broken is none of the picture's, but of this JVM. */
    record Landed(int index, Arrived arrived, Throwable broken) {}

    public ShardTask(ShardSettings settings, ShardOrder order, KnownPictures known, Tally tally) {
        this.settings = settings;
        this.order = order;
        this.work = ShardWork.of(order.work(), known, new KnownPictures.Growing(settings.dedupe()));
        this.tally = tally;
        this.name = SampleKeys.shard(order.shard());
        this.numbering = new SampleKeys(settings.samplesPerShard());
    }

    /**
     * Makes the shard, or finds it made.
     *
     * @throws FailedException if another maker has taken over
     */
    public ShardResult run() throws IOException, InterruptedException {
        try (ShardFolder folder = new ShardFolder(order.folder(), settings.hadoop())) {
            Optional<byte[]> done = folder.read(statsFile(order.shard()));
            if (done.isPresent() && work.leavesFinished()) {
                return result(ShardStats.of(done.get()));
            }
            String claim = Long.toHexString(ThreadLocalRandom.current().nextLong());
            String claimFile = Plan.FOLDER + "/" + name + ".claim";
            folder.put(claimFile, claim.getBytes(StandardCharsets.US_ASCII));
            List<Candidate> pairs = Plan.read(folder, order.shard());
            try (PreviousShard previous = PreviousShard.open(folder, name);
                    PictureSource source = new PictureSource(settings);
                    Upload upload = folder.create(name + ".tar")) {
                ShardTar tar = new ShardTar(upload.stream());
                fill(tar, pairs, previous, source);
                ShardTar.Finished finished = tar.finish();
                ShardStats stats =
                        ShardStats.of(
                                rows,
                                start,
                                end(),
                                source.received(),
                                finished.bytes(),
                                finished.sha256());
                requireClaim(folder, claimFile, claim);
                if (done.isPresent()) {
                    folder.delete(statsFile(order.shard()));
                }
                upload.commit();
                folder.put(name + ".tar.index", utf8(finished.index()));
                folder.put(name + ".parquet", PairTable.write(rows));
                folder.put(statsFile(order.shard()), stats.toJson());
                folder.delete(claimFile);
                return result(stats);
            }
        }
    }

    public static String statsFile(int shard) {
        return SampleKeys.shard(shard) + "_stats.json";
    }

    private ShardResult result(ShardStats stats) {
        return new ShardResult(order.folder(), order.shard(), stats);
    }

    private static void requireClaim(ShardFolder folder, String file, String claim)
            throws IOException {
        String holder = folder.read(file).map(String::new).orElse("nobody");
        if (!holder.equals(claim)) {
            throw new FailedException(
                    "%s was taken over: another task makes this shard now"
                            .formatted(folder.address(file)));
        }
    }

    private void fill(
            ShardTar tar, List<Candidate> pairs, PreviousShard previous, PictureSource source)
            throws IOException, InterruptedException {
        PicturePreparer preparer = new PicturePreparer(settings.picture());
        int limit = work.pairs(pairs, previous);
        int atOnce = 2 * settings.fetch().connections().total();
        int asked = 0;
        Backlog backlog = new Backlog(Backlog.ofThisJvm());
        for (int taken = 0; taken < limit && work.hasRoom(kept); ) {
            while (asked < limit
                    && asked - taken < WINDOW
                    && backlog.underWay() < atOnce
                    && backlog.hasRoom()) {
                backlog.sentFor(ask(asked, pairs.get(asked), previous, source));
                asked++;
            }
            Ready next = ready.remove(taken);
            if (next == null) {
                Landed landing = landed.take();
                int index = landing.index();
                String key = numbering.key(order.shard(), index);
                Candidate pair = pairs.get(index);
                backlog.arrived(landing.arrived() == null ? 0 : landing.arrived().size());
                Ready made = settled(key, pair, landing, preparer);
                backlog.keeps(made.size());
                ready.put(index, made);
            } else {
                backlog.letsGo(next.size());
                take(next, pairs.get(taken), tar, previous);
                taken++;
            }
        }
    }

    /**
     * An error that one pair provokes costs this pair, whatever it is: a shard that failed for it
     * would fail again at the same pair, and the preparation with it.
     */
    static Ready settled(String key, Candidate pair, Landed landing, PicturePreparer preparer)
            throws InterruptedException {
        if (landing.broken() != null) {
            if (landing.broken().getCause() instanceof FailedException failed
                    && DiskFull.caused(failed)) {
                throw failed; // which no other pair escapes
            }
            return internal(key, pair, Status.FAILED_TO_DOWNLOAD, landing.broken());
        }
        try {
            return prepare(key, pair, landing.arrived(), preparer);
        } catch (CancellationException e) { // of this task: it says nothing of the pair
            throw new InterruptedException(e.getMessage());
        } catch (RuntimeException | Error e) {
            return internal(key, pair, Status.FAILED_TO_RESIZE, e);
        }
    }

    private static Ready internal(String key, Candidate pair, Status status, Throwable error) {
        if (MemoryShortage.caused(error) && MemoryShortage.isHeapFull()) {
            throw new FailedException(MemoryShortage.advice(error, KEYS), error);
        }
        Logger log = LoggerFactory.getLogger(ShardTask.class);
        log.warn("pair {}, {}, is left out: {}", key, ForeignText.line(pair.url()), "" + error);
        log.debug("pair {}", key, error);
        return new Ready(PairRow.without(key, pair, status, "internal: " + error), null);
    }

    /** Settles a pair's fate, or sends for its picture; how many were sent for. */
    private int ask(int index, Candidate pair, PreviousShard previous, PictureSource source) {
        String key = numbering.key(order.shard(), index);
        Optional<PairRow> before = previous.row(key, pair);
        if (before.isPresent() && !work.triesAgain(before.get())) {
            ready.put(index, new Ready(before.get(), null));
            return 0;
        }
        Optional<String> unwanted =
                settings.captions()
                        .reject(pair.caption())
                        .or(() -> settings.columns().reject(pair.columns()));
        if (unwanted.isPresent()) {
            PairRow row = PairRow.without(key, pair, Status.FILTERED, unwanted.get());
            ready.put(index, new Ready(row, null));
            return 0;
        }
        source.get(pair)
                .whenComplete((arrived, broken) -> landed.add(new Landed(index, arrived, broken)));
        return 1;
    }

    private static Ready prepare(
            String key, Candidate pair, Arrived arrived, PicturePreparer preparer) {
        if (arrived.bytes() == null) {
            return new Ready(
                    PairRow.without(key, pair, Status.FAILED_TO_DOWNLOAD, arrived.error()), null);
        }
        Prepared prepared = preparer.prepare(arrived.bytes());
        if (prepared instanceof Prepared.Rejected rejected) {
            Status status = Status.of(rejected.status());
            return new Ready(PairRow.without(key, pair, status, rejected.reason()), null);
        }
        Prepared.Picture picture = (Prepared.Picture) prepared;
        PairRow row =
                new PairRow(
                        key,
                        pair.url(),
                        pair.caption(),
                        Status.SUCCESS,
                        null,
                        picture.width(),
                        picture.height(),
                        picture.originalWidth(),
                        picture.originalHeight(),
                        picture.exif(),
                        picture.sha256(),
                        picture.perceptualHash());
        return new Ready(row, picture.jpeg());
    }

    private void take(Ready next, Candidate pair, ShardTar tar, PreviousShard previous)
            throws IOException {
        boolean fetched = next.jpeg() != null;
        PairRow row = work.settle(next.row(), fetched, pair, previous);
        if (row.isSuccess()) {
            byte[] jpeg = fetched ? next.jpeg() : previous.picture(row.key());
            tar.add(row.key(), jpeg, row.caption(), row.toJson(pair.extra()));
            kept++;
        }
        rows.add(row);
        if (work.counts(fetched)) {
            tally.add(row.cause(), next.size());
        }
    }

    /** By a clock that nobody sets, so that no shard takes less than no time. */
    private double end() {
        return start + (System.nanoTime() - begun) / 1e9;
    }

    private static double seconds() {
        Instant now = Instant.now();
        return now.getEpochSecond() + now.getNano() / 1e9;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
