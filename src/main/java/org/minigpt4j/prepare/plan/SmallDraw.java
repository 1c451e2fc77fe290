package org.minigpt4j.prepare.plan;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.XXH64;
import org.apache.spark.unsafe.types.UTF8String;
import org.minigpt4j.prepare.list.PairList;

import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The draw of {@link Planner} for rows that are in the driver: the same plans, without the half a
 * minute that Spark's first queries take.
 */
final class SmallDraw {

    /** What {@code xxhash64} of Spark begins with. */
    private static final long SEED_OF_HASHES = 42;

    // The rows of an RDD do not know their columns' names.
    private static final int URL = PairList.ROW.fieldIndex("url");
    private static final int CAPTION = PairList.ROW.fieldIndex("caption");
    private static final int PLACE = PairList.ROW.fieldIndex("place");
    private static final int EXTRA = PairList.ROW.fieldIndex("extra");
    private static final int FAULT = PairList.ROW.fieldIndex("fault");
    private static final int CAPTIONS = PairList.ROW.fieldIndex("captions");

    private final Planner.Draw draw;
    private final long seed;
    private final int samplesPerShard;
    private final Map<String, String> hadoop;

    SmallDraw(Planner.Draw draw, long seed, int samplesPerShard, Map<String, String> hadoop) {
        this.draw = draw;
        this.seed = seed;
        this.samplesPerShard = samplesPerShard;
        this.hadoop = hadoop;
    }

    /** A pair; of rows with one address that which comes first when rows are sorted. */
    private record Pair(
            long number, UTF8String url, UTF8String caption, UTF8String place, UTF8String extra) {

        private static final Comparator<UTF8String> BYTES =
                Comparator.nullsFirst(UTF8String::binaryCompare);

        private static final Comparator<Pair> FIRST =
                Comparator.comparing(Pair::caption, BYTES)
                        .thenComparing(Pair::place, BYTES)
                        .thenComparing(Pair::extra, BYTES);

        private static final Comparator<Pair> DRAWN =
                Comparator.comparingLong(Pair::number).thenComparing(Pair::url, BYTES);

        Pair orBefore(Pair other) {
            return FIRST.compare(this, other) <= 0 ? this : other;
        }

        Candidate candidate() {
            return new Candidate(
                    url.toString(),
                    caption == null ? "" : caption.toString(),
                    place == null ? null : place.toString(),
                    extra == null
                            ? new JsonObject()
                            : JsonParser.parseString(extra.toString()).getAsJsonObject());
        }
    }

    /** As {@link Planner#draw}. */
    ListPlan of(List<Row> rows, TreeMap<String, String> from, Consumer<String> notices)
            throws IOException {
        long addressed = 0;
        long broken = 0;
        UTF8String fault = null;
        for (Row row : rows) {
            addressed += isUsable(row) ? 1 : 0;
            UTF8String told = text(row, FAULT);
            if (told != null) {
                broken++;
                fault = fault == null || told.binaryCompare(fault) < 0 ? told : fault;
            }
        }
        Planner.tell(notices, broken, rows.size(), fault);
        long candidates = draw.candidates(addressed, samplesPerShard);
        double share = Planner.share(candidates, addressed);
        while (true) {
            Map<UTF8String, Pair> drawn = new HashMap<>();
            long looked = 0;
            for (Row row : rows) {
                if (isUsable(row)) {
                    UTF8String url = text(row, URL);
                    long number = hash(url, hash(seed));
                    if (share >= 1 || number <= Planner.bound(share)) {
                        looked++;
                        drawn.merge(url, pair(row, number, url), Pair::orBefore);
                    }
                }
            }
            if (drawn.size() < candidates && share < 1) {
                share *= 2;
                continue;
            }
            long taken = Math.min(candidates, drawn.size());
            write(drawn.values().stream().sorted(Pair.DRAWN).limit(taken).toList());
            return new ListPlan(
                    from,
                    rows.size(),
                    rows.size() - addressed,
                    broken,
                    looked - drawn.size(),
                    taken,
                    share >= 1 && taken == drawn.size());
        }
    }

    private void write(List<Pair> drawn) throws IOException {
        try (ShardFolder store = new ShardFolder(draw.folder(), hadoop)) {
            for (int shard = draw.present(); ; shard++) {
                long first = (long) shard * samplesPerShard;
                if (first >= drawn.size()) {
                    return;
                }
                List<Pair> pairs =
                        drawn.subList(
                                (int) first, (int) Math.min(first + samplesPerShard, drawn.size()));
                Plan.write(
                        store,
                        shard,
                        pairs.stream().map(pair -> pair.candidate().toJson()).iterator());
            }
        }
    }

    private Pair pair(Row row, long number, UTF8String url) {
        return new Pair(number, url, caption(row, url), text(row, PLACE), text(row, EXTRA));
    }

    /** Of several captions the one that a number of the pair's own draws. */
    private UTF8String caption(Row row, UTF8String url) {
        Object several = row.get(CAPTIONS);
        List<String> captions =
                several instanceof String[] array
                        ? List.of(array)
                        : several == null ? List.of() : row.getList(CAPTIONS);
        if (captions.isEmpty()) {
            return text(row, CAPTION);
        }
        long drawn = hash(url, hash(UTF8String.fromString("caption"), hash(seed)));
        return UTF8String.fromString(captions.get(Math.floorMod(drawn, captions.size())));
    }

    private static boolean isUsable(Row row) {
        String url = row.getString(URL);
        return url != null && url.chars().anyMatch(c -> c != ' ');
    }

    private static UTF8String text(Row row, int column) {
        return UTF8String.fromString(row.getString(column));
    }

    private static long hash(long value) {
        return XXH64.hashLong(value, SEED_OF_HASHES);
    }

    private static long hash(UTF8String value, long before) {
        return XXH64.hashUTF8String(value, before);
    }
}
