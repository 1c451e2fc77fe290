package org.minigpt4j.bench;

import org.minigpt4j.FailedException;
import org.minigpt4j.cluster.RankLink;
import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.exchange.WireSettings;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RankMachine;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.Roll;
import org.minigpt4j.cluster.protocol.RollRules;
import org.minigpt4j.cluster.protocol.View;
import org.minigpt4j.train.GradientReducer;
import org.minigpt4j.train.GradientReducer.StepSum;
import org.minigpt4j.train.HostReducer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Measures how long ranks take to add up their gradients. It uses the exchange of multi-host
 * training, with ranks as threads of this process and connections over the loopback interface.
 *
 * @param bytes size of a gradient in bytes
 * @param steps number of measured steps, after a few for warm-up
 */
public record AllreduceBench(long bytes, int steps) {

    private static final int WARM_UP = 3;
    private static final Duration SILENCE = Duration.ofMinutes(5);

    /**
     * Results of the measurement.
     *
     * @param ranks number of ranks
     * @param bytes size of a gradient in bytes
     * @param medianMillis median time of a step in milliseconds
     * @param bestMillis shortest time of a step in milliseconds
     * @param copyMillis time in milliseconds to copy the same number of bytes in memory
     */
    public record Result(
            int ranks, long bytes, double medianMillis, double bestMillis, double copyMillis) {}

    /**
     * Measures with {@code ranks} ranks.
     *
     * @throws FailedException if a rank fails, or its sum differs from the one computed here
     */
    public Result run(int ranks) throws InterruptedException {
        ToyRun toy = new ToyRun(ranks, bytes);
        byte[] secret = new byte[32];
        var settings = new WireSettings(secret, SILENCE, Math.toIntExact(toy.bytes()) + (16 << 20));
        RollRules rules = RollRules.of(ranks, ranks, SILENCE, SILENCE);
        Roll roll = new Roll(rules, System.nanoTime());
        ExecutorService threads = Executors.newFixedThreadPool(ranks);
        double[] millis = new double[steps];
        List<Future<float[]>> ends = new ArrayList<>();
        try {
            for (int slot = 0; slot < ranks; slot++) {
                MemberId self = new MemberId(slot, 0);
                double[] times = slot == 0 ? millis : new double[steps];
                ends.add(threads.submit(rank(self, toy, settings, roll, times)));
            }
            float[] expected =
                    GradientReducer.local(ranks)
                            .sum(toy.after(0))
                            .map(sum -> sum.gradient().values())
                            .orElseThrow();
            for (Future<float[]> end : ends) {
                if (!Arrays.equals(expected, end.get())) {
                    throw new FailedException("a rank's sum differs from the sum in one process");
                }
            }
        } catch (ExecutionException e) {
            throw new FailedException("a rank failed: " + e.getCause().getMessage(), e.getCause());
        } finally {
            threads.shutdownNow();
        }
        double best = Arrays.stream(millis).min().orElseThrow();
        return new Result(ranks, toy.bytes(), Median.of(millis), best, copyMillis(toy.bytes()));
    }

    private Callable<float[]> rank(
            MemberId self, ToyRun toy, WireSettings settings, Roll roll, double[] times) {
        return () -> {
            String host = "127.0.0.1";
            Consumer<String> log = words -> {}; // ranks that have finished close their connections
            try (PeerExchange exchange = new PeerExchange(self, host, settings, log);
                    RankLink link =
                            new RankLink(
                                    new Member(self, host, exchange.port()),
                                    0,
                                    exchange,
                                    report -> ask(roll, report))) {
                int last = WARM_UP + times.length;
                var machine = new RankMachine<byte[]>(self, 0, last);
                var reducer = new HostReducer(self, toy.microBatches(), machine, exchange, link);
                float[] sum = {};
                long begun = System.nanoTime();
                for (int step = 0; step < last; step++) {
                    StepSum made = reducer.sum(toy.after(step)).orElseThrow();
                    sum = made.gradient().values();
                    long now = System.nanoTime();
                    if (step >= WARM_UP) {
                        times[step - WARM_UP] = (now - begun) / 1e6;
                    }
                    begun = now;
                }
                reducer.finish(() -> toy.after(last).state());
                return sum;
            }
        };
    }

    /** The driver's answers: it ends the run when all ranks have finished. */
    private static View ask(Roll roll, RankReport report) {
        synchronized (roll) {
            View view = roll.report(report, System.nanoTime());
            boolean done =
                    roll.reports().stream().allMatch(r -> r.phase().isWaiting() && r.step() > 0);
            if (done && !view.members().isEmpty()) {
                roll.end(System.nanoTime());
            }
            return roll.view();
        }
    }

    private static double copyMillis(long bytes) {
        byte[] from = new byte[Math.toIntExact(bytes)];
        byte[] to = new byte[from.length];
        double[] millis = new double[25];
        for (int i = 0; i < millis.length; i++) {
            long begun = System.nanoTime();
            System.arraycopy(from, 0, to, 0, from.length);
            millis[i] = (System.nanoTime() - begun) / 1e6;
        }
        return Median.of(millis);
    }
}
