package org.minigpt4j.train.run;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.cluster.DriverWord;
import org.minigpt4j.cluster.RankWord;
import org.minigpt4j.cluster.protocol.Balance;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RankPace;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.Roll;
import org.minigpt4j.cluster.protocol.RollEvent;
import org.minigpt4j.cluster.protocol.RollRules;
import org.minigpt4j.train.StepNews;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the driver of a run on several hosts knows: the roll of ranks, news of steps that it has not
 * passed on, and which rank keeps which state. Messages from ranks arrive on Spark's threads; the
 * run polls several times a second. A step's news are accepted once, from whichever rank sends them
 * first, and passed on in the order of steps. So a rank that was excluded can only repeat what is
 * known.
 */
final class HostsDriver {

    /** Prefix of a failure that is a mistake in the configuration. */
    static final String MISTAKE = "mistake: ";

    private final WakingClock clock;
    private final Roll roll;
    private final TreeMap<Integer, StepNews> news = new TreeMap<>();
    private final TreeMap<Integer, Member> kept = new TreeMap<>();
    private String failure = "";
    private int heard;
    private int saved;
    private boolean save;
    private final int hosts;
    private int failures;

    /** Creates the driver of a run that has completed and saved {@code step} steps. */
    HostsDriver(RollRules rules, int step) {
        this(rules, step, new WakingClock(System::nanoTime));
    }

    /** Like the other, with a given clock. */
    HostsDriver(RollRules rules, int step, WakingClock clock) {
        this.clock = clock;
        roll = new Roll(rules, clock.now());
        hosts = rules.hosts();
        heard = step;
        saved = step;
    }

    /**
     * Reports slow ranks.
     *
     * @param evens whether they also get fewer micro-batches
     */
    HostsDriver optBalance(int microBatches, boolean evens) {
        roll.optBalance(new Balance(microBatches), evens);
        return this;
    }

    /** Seconds that each rank spends on its part of a step, by name. */
    synchronized Map<String, Double> paces() {
        Map<String, Double> paces = new TreeMap<>();
        for (RankReport report : roll.reports()) {
            RankPace pace = report.pace();
            if (pace.step() > 0) {
                String rank = "rank_" + report.from().id().slot();
                paces.put(rank + "_data_s", pace.dataSeconds());
                paces.put(rank + "_compute_s", pace.computeSeconds());
            }
        }
        return paces;
    }

    /** Handles a rank's message and returns the answer. */
    synchronized DriverWord answer(RankWord word) {
        if (!word.failure().isEmpty()) {
            failure = failure.isEmpty() ? word.failure() : failure;
        } else {
            roll.report(word.report(), clock.now());
            word.news()
                    .forEach(
                            (step, bytes) -> {
                                if (step > heard && !news.containsKey(step)) {
                                    news.put(step, StepNews.decode(bytes));
                                }
                            });
            for (int step : word.kept()) {
                if (step > saved) {
                    kept.put(step, word.report().from());
                    save = false;
                }
            }
        }
        return new DriverWord(roll.view(), heard, saved, save);
    }

    /** Records that, according to Spark, a rank's task failed. */
    synchronized void left(MemberId id, String how) {
        roll.left(id, how, clock.now());
        if (++failures > 3 * hosts) {
            failure =
                    "%s %s; the run ends after %d failures without a completed step in between"
                            .formatted(id, how, failures);
        }
    }

    /**
     * Advances the clock and returns the next news in order.
     *
     * @throws FailedException if the run cannot continue
     * @throws UsageException if a host finds a mistake in the configuration
     */
    synchronized List<StepNews> take() {
        roll.tick(clock.now());
        if (failure.startsWith(MISTAKE)) {
            throw new UsageException(failure.substring(MISTAKE.length()));
        } else if (!failure.isEmpty()) {
            throw new FailedException(failure);
        } else if (roll.state() == Roll.State.FAILED) {
            throw new FailedException(
                    roll.failure() + ". Run the same command to continue from the last checkpoint");
        }
        List<StepNews> next = new ArrayList<>();
        while (news.containsKey(heard + 1)) {
            next.add(news.remove(++heard));
            failures = 0;
        }
        return next;
    }

    /** Returns the events about ranks since the last call. */
    synchronized List<RollEvent> takeEvents() {
        return roll.takeEvents();
    }

    /**
     * The oldest state that a rank keeps, that is not saved yet, and whose step's news were passed
     * on.
     */
    synchronized Optional<Map.Entry<Integer, Member>> toSave() {
        return Optional.ofNullable(kept.firstEntry()).filter(entry -> entry.getKey() <= heard);
    }

    /**
     * Records that the state after a step was saved; with {@code done} false, that no rank has it
     * any more.
     */
    synchronized void saved(int step, boolean done) {
        kept.remove(step);
        if (done) {
            saved = step;
        }
    }

    /** Requests the state after the next step. */
    synchronized void save() {
        save = true;
    }

    /** The latest saved step. */
    synchronized int saved() {
        return saved;
    }

    /** Whether all members have completed {@code steps} steps. */
    synchronized boolean isDone(int steps) {
        return !roll.reports().isEmpty()
                && roll.reports().stream().allMatch(report -> report.step() >= steps);
    }

    /** The latest step that a member has completed. */
    synchronized int newest() {
        return roll.reports().stream().mapToInt(RankReport::step).max().orElse(0);
    }

    /** Ends the run. */
    synchronized void end() {
        roll.end(clock.now());
    }

    /** Number of ranks that take part. */
    synchronized int ranks() {
        return roll.view().members().size();
    }
}
