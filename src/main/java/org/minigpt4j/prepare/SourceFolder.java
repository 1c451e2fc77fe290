package org.minigpt4j.prepare;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.prepare.dedupe.Duplicates;
import org.minigpt4j.prepare.plan.Budget;
import org.minigpt4j.prepare.plan.DriverLease;
import org.minigpt4j.prepare.plan.ListPlan;
import org.minigpt4j.prepare.plan.Plan;
import org.minigpt4j.prepare.plan.SampleKeys;
import org.minigpt4j.prepare.plan.ShardFolder;
import org.minigpt4j.prepare.shard.Manifest;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.ShardStats;
import org.minigpt4j.prepare.task.ShardOrder;
import org.minigpt4j.prepare.task.ShardTask;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A list's folder as the driver sees it: what was drawn, which shards are finished. */
final class SourceFolder implements AutoCloseable {

    private static final Pattern FILE =
            Pattern.compile("(\\d{5,})(\\.tar|\\.tar\\.index|\\.parquet|_stats\\.json)");
    private static final String MANIFEST = "manifest.json";

    private final String name;
    private final int index;
    private final long wanted;
    private final String address;
    private final ShardFolder folder;
    private final TreeMap<Integer, ShardStats> finished = new TreeMap<>();
    private Optional<ListPlan> earlier = Optional.empty();
    private ListPlan plan;
    private DriverLease claim;

    /**
     * Opens a folder and looks what is finished.
     *
     * @param index the list's place among the lists
     * @param wanted samples of it; {@link Long#MAX_VALUE} for all
     */
    SourceFolder(String name, int index, long wanted, String address, Map<String, String> hadoop)
            throws IOException {
        this.name = name;
        this.index = index;
        this.wanted = wanted;
        this.address = address;
        this.folder = new ShardFolder(address, hadoop);
    }

    String name() {
        return name;
    }

    String address() {
        return address;
    }

    long wanted() {
        return wanted;
    }

    ListPlan plan() {
        return plan;
    }

    /** Whether it was begun before. */
    boolean isBegun() {
        return earlier.isPresent();
    }

    /** A small file's bytes, if there is one of the name. */
    Optional<byte[]> read(String file) throws IOException {
        return folder.read(file);
    }

    /**
     * Looks what was drawn by an earlier run.
     *
     * @throws UsageException if it was drawn from something else, or nothing was drawn and yet
     *     there are shards, which would be taken for prepare's own and replaced or removed
     */
    void checkEarlier(TreeMap<String, String> from) throws IOException {
        earlier = folder.read(ListPlan.FILE).map(ListPlan::of);
        if (earlier.isEmpty()) {
            refuseOthers();
        } else {
            List<String> differences = earlier.get().differences(from);
            if (!differences.isEmpty()) {
                throw new UsageException(
                        ("%s was started with another %s; give the old value, name"
                                        + " another prepare.output, or delete the folder")
                                .formatted(address, String.join(", ", differences)));
            }
        }
    }

    /** Without a plan of prepare's, what has the names of its files is not its own. */
    private void refuseOthers() throws IOException {
        if (folder.list(Plan.FOLDER).keySet().stream().anyMatch(Plan::isPlan)) {
            return; // a draw that was cut off, or is to be made again
        }
        Optional<String> other =
                folder.list().keySet().stream()
                        .filter(file -> FILE.matcher(file).matches() || file.equals(MANIFEST))
                        .min(Comparator.naturalOrder());
        if (other.isPresent()) {
            throw new UsageException(
                    "prepare.output: %s holds %s, which prepare did not make and would replace or remove; name another folder, or move those files away"
                            .formatted(address, other.get()));
        }
    }

    /** What an earlier run drew. */
    Optional<ListPlan> earlier() {
        return earlier;
    }

    /**
     * Keeps other drivers out until it is closed.
     *
     * @throws UsageException if one is at work here
     */
    void claim() throws IOException {
        claim = DriverLease.of(folder);
    }

    void setPlan(ListPlan drawn) throws IOException {
        claim.require();
        if (!drawn.equals(plan)) {
            folder.put(ListPlan.FILE, drawn.toJson());
        }
        plan = drawn;
    }

    void keepPlan(ListPlan earlier) {
        plan = earlier;
    }

    /** Removes what killed makers left half written; returns all files with their lengths. */
    Map<String, Long> sweep() throws IOException {
        claim.require();
        Map<String, Long> files = folder.list();
        for (String file : files.keySet()) {
            if (file.startsWith(".") && file.endsWith(".tmp")) {
                folder.delete(file);
            }
        }
        return files;
    }

    /**
     * Reads what is finished and removes what killed makers left half written.
     *
     * @return sentences about shards that have to be made again
     */
    List<String> look() throws IOException {
        List<String> notices = new ArrayList<>();
        Map<String, Long> files = sweep();
        List<Integer> marked =
                files.keySet().stream()
                        .map(FILE::matcher)
                        .filter(Matcher::matches)
                        .filter(match -> match.group(2).equals("_stats.json"))
                        .map(match -> Integer.parseInt(match.group(1)))
                        .toList();
        // On an object store each of these takes a while.
        Map<Integer, ShardStats> stats =
                marked.parallelStream()
                        .collect(java.util.stream.Collectors.toMap(shard -> shard, this::stats));
        for (Map.Entry<Integer, ShardStats> entry : stats.entrySet()) {
            String shard = SampleKeys.shard(entry.getKey());
            Long tar = files.get(shard + ".tar");
            if (tar != null
                    && tar == entry.getValue().tarBytes()
                    && files.containsKey(shard + ".parquet")) {
                finished.put(entry.getKey(), entry.getValue());
            } else {
                notices.add(
                        "%s: shard %s was changed or damaged and is made again"
                                .formatted(name, shard));
                folder.delete(ShardTask.statsFile(entry.getKey()));
                folder.delete(shard + ".tar");
            }
        }
        return notices;
    }

    private ShardStats stats(int shard) {
        String file = ShardTask.statsFile(shard);
        try {
            return ShardStats.of(folder.read(file).orElseThrow());
        } catch (IOException | RuntimeException e) {
            throw new FailedException(
                    "%s is not what prepare wrote; delete it to make the shard again"
                            .formatted(folder.address(file)),
                    e);
        }
    }

    void finished(int shard, ShardStats stats) {
        finished.put(shard, stats);
    }

    TreeMap<Integer, ShardStats> finished() {
        return finished;
    }

    /** Where the finished shards are. */
    List<Duplicates.Place> places() {
        return finished.keySet().stream()
                .map(shard -> new Duplicates.Place(index, address, shard))
                .toList();
    }

    long kept() {
        return finished.values().stream().mapToLong(ShardStats::successes).sum();
    }

    /** How many samples are missing. */
    long missing() {
        return wanted == Long.MAX_VALUE ? wanted : Math.max(0, wanted - kept());
    }

    /** The next shards to make, lowest first, with what each may hold. */
    List<ShardOrder> next(int samplesPerShard) {
        int shards = plan.shards(samplesPerShard);
        List<Integer> open =
                IntStream.range(0, shards)
                        .filter(shard -> !finished.containsKey(shard))
                        .boxed()
                        .toList();
        if (missing() == 0 || open.isEmpty()) {
            return List.of();
        }
        long tried = finished.values().stream().mapToLong(ShardStats::count).sum();
        double rate = tried == 0 ? 1 : Math.max((double) kept() / tried, 1.0 / samplesPerShard);
        List<Long> caps = Budget.caps(missing(), rate, samplesPerShard, open.size());
        List<ShardOrder> orders = new ArrayList<>();
        for (int i = 0; i < caps.size(); i++) {
            orders.add(new ShardOrder(address, open.get(i), new ShardOrder.Make(caps.get(i))));
        }
        return orders;
    }

    /** Finished shards whose failed downloads should be retried. */
    List<ShardOrder> retries() {
        List<ShardOrder> orders = new ArrayList<>();
        long left = missing();
        for (Map.Entry<Integer, ShardStats> shard : finished.entrySet()) {
            long failed = shard.getValue().of(PairRow.Status.FAILED_TO_DOWNLOAD);
            long may = Math.min(failed, left);
            if (may > 0) {
                orders.add(new ShardOrder(address, shard.getKey(), new ShardOrder.Retry(may)));
                left -= wanted == Long.MAX_VALUE ? 0 : may;
            }
        }
        return orders;
    }

    /** The manifest is about shards that are to change. */
    void forgetManifest() throws IOException {
        claim.require();
        folder.delete(MANIFEST);
    }

    /**
     * Writes the manifest and removes files of shards that it does not list.
     *
     * @throws FailedException if a shard is not as its statistics say
     */
    void writeManifest() throws IOException {
        claim.require();
        Map<String, Long> files = folder.list();
        for (Map.Entry<Integer, ShardStats> shard : finished.entrySet()) {
            String tar = SampleKeys.shard(shard.getKey()) + ".tar";
            if (files.getOrDefault(tar, -1L) != shard.getValue().tarBytes()) {
                throw new FailedException(
                        "%s was changed or damaged; run the same command again to rebuild it"
                                .formatted(folder.address(tar)));
            }
        }
        for (String file : files.keySet()) {
            Matcher match = FILE.matcher(file);
            if (match.matches() && !finished.containsKey(Integer.parseInt(match.group(1)))) {
                folder.delete(file);
            }
        }
        folder.put(MANIFEST, Manifest.of(plan, finished));
    }

    PrepareSummary.Part summary() {
        TreeMap<String, Long> byCause = new TreeMap<>();
        long bytes = 0;
        for (ShardStats stats : finished.values()) {
            stats.byCause().forEach((cause, count) -> byCause.merge(cause, count, Long::sum));
            bytes += stats.tarBytes();
        }
        return new PrepareSummary.Part(
                name, address, finished.size(), kept(), wanted, bytes, byCause);
    }

    @Override
    public void close() {
        try (folder) {
            if (claim != null) {
                claim.close();
            }
        } catch (IOException unimportant) {
            return; // a claim that is left behind is taken over
        }
    }
}
