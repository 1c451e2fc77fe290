package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.cluster.DriverWord;
import org.minigpt4j.cluster.RankWord;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.Phase;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.RollRules;
import org.minigpt4j.config.CheckpointConfig;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.train.ProcessMemory;
import org.minigpt4j.train.StepNews;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.StepTimes;
import org.minigpt4j.train.Workload;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What the driver of a run on several hosts makes of the words of its ranks, and the other way. */
class HostsDriverTest {

    private static final Member ZERO = new Member(new MemberId(0, 0), "a", 1);
    private static final Member ONE = new Member(new MemberId(1, 0), "b", 1);

    private final HostsDriver driver =
            new HostsDriver(RollRules.of(2, 1, Duration.ofSeconds(50), Duration.ofSeconds(50)), 4);

    private static StepReport step(int step, double loss) {
        return new StepReport(
                step,
                0,
                loss,
                0,
                0,
                1,
                false,
                new Workload(1, 1, 1, 1),
                new StepTimes(0, 0, 0, 0),
                new ProcessMemory(0, 0),
                1);
    }

    private DriverWord say(Member from, int done, List<Integer> kept, StepReport... steps) {
        TreeMap<Integer, byte[]> news = new TreeMap<>();
        for (StepReport one : steps) {
            news.put(one.step(), new StepNews(one, Optional.empty()).encode());
        }
        var report = new RankReport(from, 1, done, Phase.DATA, List.of());
        return driver.answer(new RankWord(report, news, kept, ""));
    }

    private List<Double> losses() {
        return driver.take().stream().map(news -> news.step().loss()).toList();
    }

    @Test
    void newsArePassedOnOnceAndInOrderWhoeverTellsThem() {
        say(ZERO, 4, List.of());
        say(ONE, 4, List.of());
        say(ZERO, 7, List.of(), step(4, 0.4), step(6, 0.6), step(7, 0.7));
        assertEquals(List.of(), losses(), "step 5 is missing");
        assertEquals(4, say(ONE, 5, List.of(), step(5, 0.5), step(6, 66)).heard());
        assertEquals(List.of(0.5, 0.6, 0.7), losses());
        // One that slept repeats what is known.
        assertEquals(7, say(ONE, 5, List.of(), step(5, 55), step(7, 77)).heard());
        assertEquals(List.of(), losses());
    }

    @Test
    void aStateIsSavedAfterTheNewsOfItsStepAndFromAnotherRankIfOneIsGone() {
        say(ZERO, 6, List.of(6), step(5, 0.5));
        losses();
        assertTrue(driver.toSave().isEmpty(), "the log does not have step 6");
        say(ZERO, 6, List.of(6), step(6, 0.6));
        losses();
        assertEquals(ZERO, driver.toSave().orElseThrow().getValue());
        driver.saved(6, false);
        assertTrue(driver.toSave().isEmpty());
        say(ONE, 6, List.of(6));
        assertEquals(ONE, driver.toSave().orElseThrow().getValue());
        driver.saved(6, true);
        assertEquals(6, say(ONE, 6, List.of(6)).saved());
        assertTrue(driver.toSave().isEmpty());
    }

    @Test
    void aMistakeThatAHostFindsIsAMistake() {
        var report = new RankReport(ONE, 0, 0, Phase.LOADING, List.of());
        String why = HostsDriver.MISTAKE + "there is no such file";
        driver.answer(new RankWord(report, new TreeMap<>(), List.of(), why));
        var e = assertThrows(UsageException.class, driver::take);
        assertEquals("there is no such file", e.getMessage());
    }

    @Test
    void tasksThatFailAgainAndAgainEndTheRun() {
        for (int life = 0; life < 7; life++) {
            driver.take();
            driver.left(new MemberId(1, life), "failed (no such class)");
        }
        String why = assertThrows(FailedException.class, driver::take).getMessage();
        assertTrue(why.contains("no such class") && why.contains("the run ends"), why);
    }

    @Test
    void aRankSpeaksOnlyInTheNameOfTheRunAndOfWhatTheDriverLacks() throws Exception {
        var when = new CheckpointConfig(Optional.of(2), 0, 3, 1, Optional.empty());
        RankNews zero = new RankNews(when);
        RankNews one = new RankNews(when);
        var said = new RankReport(ZERO, 1, 5, Phase.DATA, List.of());
        var alsoSaid = new RankReport(ONE, 1, 5, Phase.DATA, List.of());
        zero.answered(say(ZERO, 4, List.of()));
        one.answered(say(ONE, 4, List.of()));
        zero.answered(say(ZERO, 4, List.of()));
        zero.step(step(5, 0.5));
        one.step(step(5, 0.5));
        assertEquals(List.of(5), List.copyOf(zero.word(said).news().keySet()));
        assertTrue(one.word(alsoSaid).news().isEmpty());
        TrainState state = TrainState.start(TrainableValues.initialProjection(2, 2, 1));
        zero.after(5, false, () -> state);
        assertEquals(List.of(), zero.word(said).kept(), "not due");
        zero.after(5, true, () -> state);
        assertFalse(zero.word(said).kept().isEmpty());
        driver.answer(zero.word(said));
        driver.take();
        zero.answered(say(ZERO, 5, List.of()));
        assertTrue(zero.word(said).news().isEmpty(), "the driver has it");
    }
}
