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
 * What the driver of a run on several hosts knows: the roll, news of steps that it has not passed
 * on, and who has kept which state. Ranks' words come on Spark's thread; the run looks in several
 * times a second. A step's news are taken once, whoever told them, and in the order of steps; so a
 * rank that was outvoted can repeat what is known and nothing else.
 */
final class HostsDriver {

    /** Marks a failure that is a mistake in the configuration. */
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

    /** A run that has done and saved {@code step} steps. */
    HostsDriver(RollRules rules, int step) {
        this(rules, step, new WakingClock(System::nanoTime));
    }

    /** As the other, with its own clock. */
    HostsDriver(RollRules rules, int step, WakingClock clock) {
        this.clock = clock;
        roll = new Roll(rules, clock.now());
        hosts = rules.hosts();
        heard = step;
        saved = step;
    }

    /**
     * Names slow ranks.
     *
     * @param evens whether they get fewer micro-batches as well
     */
    HostsDriver optBalance(int microBatches, boolean evens) {
        roll.optBalance(new Balance(microBatches), evens);
        return this;
    }

    /** How long each rank takes over its part of a step, by name, in seconds. */
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

    /** Answers a rank. */
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

    /** Spark says that a rank's task failed. */
    synchronized void left(MemberId id, String how) {
        roll.left(id, how, clock.now());
        if (++failures > 3 * hosts) {
            failure =
                    "%s %s; it is the %d. failure without a step in between, so the run ends"
                            .formatted(id, how, failures);
        }
    }

    /**
     * Lets time pass and takes the news that come next, in order.
     *
     * @throws FailedException if the run cannot go on
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

    /** Takes what happened to ranks. */
    synchronized List<RollEvent> takeEvents() {
        return roll.takeEvents();
    }

    /** The oldest state that is kept, not saved, and of a step whose news were passed on. */
    synchronized Optional<Map.Entry<Integer, Member>> toSave() {
        return Optional.ofNullable(kept.firstEntry()).filter(entry -> entry.getKey() <= heard);
    }

    /** The state after a step is saved, or nobody has it any more. */
    synchronized void saved(int step, boolean done) {
        kept.remove(step);
        if (done) {
            saved = step;
        }
    }

    /** Asks for the state after the next step. */
    synchronized void save() {
        save = true;
    }

    /** The newest step that is saved. */
    synchronized int saved() {
        return saved;
    }

    /** Whether all members have done so many steps. */
    synchronized boolean isDone(int steps) {
        return !roll.reports().isEmpty()
                && roll.reports().stream().allMatch(report -> report.step() >= steps);
    }

    /** The newest step that a member has done. */
    synchronized int newest() {
        return roll.reports().stream().mapToInt(RankReport::step).max().orElse(0);
    }

    /** Ends the run. */
    synchronized void end() {
        roll.end(clock.now());
    }

    /** Ranks that take part. */
    synchronized int ranks() {
        return roll.view().members().size();
    }
}
