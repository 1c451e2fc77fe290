package org.minigpt4j.prepare.report;

import org.apache.spark.unsafe.types.UTF8String;
import org.minigpt4j.prepare.report.Histogram.Quantity;
import org.minigpt4j.prepare.shard.PairRow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts rows that are in the driver, to the same figures as {@link TableAggregates}. */
final class RowAggregates implements Aggregates {

    private static final Pattern HOST_OF = Pattern.compile(HOST);
    private static final Pattern WORD = Pattern.compile("\\S+");
    private static final double[] SHARES = {0.05, 0.5, 0.95};

    /** As Spark sorts texts. */
    private static final Comparator<String> BYTES = Comparator.comparing(UTF8String::fromString);

    private final List<PairRow> rows;
    private final List<PairRow> successes;

    RowAggregates(List<PairRow> rows) {
        this.rows = rows;
        this.successes = rows.stream().filter(PairRow::isSuccess).toList();
    }

    @Override
    public List<Figures.Outcome> outcomes() {
        Map<String, Long> pairs = new HashMap<>();
        rows.forEach(row -> pairs.merge(row.status().word(), 1L, Long::sum));
        return pairs.entrySet().stream()
                .map(entry -> new Figures.Outcome(entry.getKey(), entry.getValue()))
                .sorted(
                        Comparator.comparingLong(Figures.Outcome::pairs)
                                .reversed()
                                .thenComparing(Figures.Outcome::status, BYTES))
                .toList();
    }

    private record Why(String status, String cause) {}

    @Override
    public List<Figures.Cause> causes() {
        Map<Why, Long> pairs = new HashMap<>();
        Map<Why, TreeSet<String>> addresses = new HashMap<>();
        for (PairRow row : rows) {
            if (!row.isSuccess()) {
                String message = row.error() == null ? "(no message)" : row.error();
                int colon = message.indexOf(':');
                String cause = colon < 0 ? message : message.substring(0, colon);
                Why why = new Why(row.status().word(), first(cause, MAX_NAME));
                pairs.merge(why, 1L, Long::sum);
                addresses
                        .computeIfAbsent(why, one -> new TreeSet<>(BYTES))
                        .add(first(row.url(), MAX_ADDRESS));
            }
        }
        return pairs.entrySet().stream()
                .map(
                        entry -> {
                            Why why = entry.getKey();
                            TreeSet<String> all = addresses.get(why);
                            return new Figures.Cause(
                                    why.status(),
                                    why.cause(),
                                    entry.getValue(),
                                    all.size() == 1
                                            ? List.of(all.first())
                                            : List.of(all.first(), all.last()));
                        })
                .sorted(
                        Comparator.comparingLong(Figures.Cause::pairs)
                                .reversed()
                                .thenComparing(Figures.Cause::status, BYTES)
                                .thenComparing(Figures.Cause::cause, BYTES))
                .limit(CAUSES)
                .toList();
    }

    @Override
    public List<Figures.Host> hosts() {
        Map<String, Long> pairs = new HashMap<>();
        Map<String, Long> good = new HashMap<>();
        for (PairRow row : rows) {
            pairs.merge(host(row), 1L, Long::sum);
            good.merge(host(row), row.isSuccess() ? 1L : 0L, Long::sum);
        }
        return pairs.entrySet().stream()
                .map(
                        entry -> {
                            long successes = good.get(entry.getKey());
                            return new Figures.Host(
                                    entry.getKey(), successes, entry.getValue() - successes);
                        })
                .sorted(
                        Comparator.comparingLong(Figures.Host::pairs)
                                .reversed()
                                .thenComparing(Figures.Host::host, BYTES))
                .limit(HOSTS)
                .toList();
    }

    @Override
    public long distinctHosts() {
        Set<String> hosts = new TreeSet<>();
        rows.forEach(row -> hosts.add(host(row)));
        return hosts.size();
    }

    private static String host(PairRow row) {
        Matcher found = HOST_OF.matcher(row.url());
        String host = found.find() ? found.group(1).toLowerCase(Locale.ROOT) : "";
        return first(host.isEmpty() ? "(no host)" : host, MAX_NAME);
    }

    @Override
    public List<Histogram> histograms() {
        List<Histogram> histograms = new ArrayList<>();
        for (Quantity quantity : Quantity.values()) {
            double[] values =
                    successes.stream()
                            .map(row -> value(quantity, row))
                            .filter(OptionalDouble::isPresent)
                            .mapToDouble(OptionalDouble::getAsDouble)
                            .sorted()
                            .toArray();
            Long[] counts = new Long[quantity.bins()];
            Arrays.fill(counts, 0L);
            for (double value : values) {
                double bin = Math.floor((value - quantity.edge(0)) / quantity.binWidth());
                counts[(int) Math.min(Math.max(bin, 0), quantity.bins() - 1)]++;
            }
            histograms.add(
                    new Histogram(
                            quantity,
                            List.of(counts),
                            below(values, SHARES[0]),
                            below(values, SHARES[1]),
                            below(values, SHARES[2])));
        }
        return histograms;
    }

    /** The least value that at least a share of all does not exceed. */
    private static double below(double[] sorted, double share) {
        return sorted.length == 0
                ? Double.NaN
                : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    private static OptionalDouble value(Quantity quantity, PairRow row) {
        boolean sized = positive(row.originalWidth()) && positive(row.originalHeight());
        String caption = row.caption();
        return switch (quantity) {
            case SHORTER_SIDE ->
                    sized
                            ? OptionalDouble.of(Math.min(row.originalWidth(), row.originalHeight()))
                            : OptionalDouble.empty();
            case ASPECT ->
                    sized
                            ? OptionalDouble.of(
                                    Math.log((double) row.originalWidth() / row.originalHeight())
                                            / Math.log(2))
                            : OptionalDouble.empty();
            case CAPTION_WORDS -> OptionalDouble.of(WORD.matcher(caption).results().count());
            case CAPTION_CHARACTERS ->
                    OptionalDouble.of(caption.codePointCount(0, caption.length()));
        };
    }

    private static boolean positive(Integer value) {
        return value != null && value > 0;
    }

    /** The first characters of a text. */
    private static String first(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most));
    }
}
