package org.minigpt4j.cluster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** Who takes part, by the clock. */
class RollTest {

    private static final long SECOND = 1_000_000_000L;

    private final Roll roll =
            new Roll(RollRules.of(3, 2, Duration.ofSeconds(5), Duration.ofSeconds(30)), 0);

    private static MemberId id(int slot, long life) {
        return new MemberId(slot, life);
    }

    private View report(MemberId id, double seconds, int step, MemberId... unreachable) {
        Member member = new Member(id, "host" + id.slot(), 7);
        return roll.report(
                new RankReport(
                        member, roll.view().number(), step, Phase.COMPUTING, List.of(unreachable)),
                (long) (seconds * SECOND));
    }

    private void all(double seconds, int step, int... slots) {
        for (int slot : slots) {
            report(id(slot, 0), seconds, step);
        }
    }

    private List<Integer> slots() {
        return roll.view().members().stream().map(member -> member.id().slot()).toList();
    }

    private String said() {
        return String.join("\n", roll.takeEvents().stream().map(RollEvent::words).toList());
    }

    @Test
    void itBeginsWhenAllAreThere() {
        all(1, 0, 0, 1);
        assertEquals(0, roll.view().number());
        all(1.1, 0, 2);
        assertEquals(List.of(0, 1, 2), slots());
        assertEquals(View.Mode.RUN, roll.view().mode());
    }

    @Test
    void afterAWhileItIsContentWithFewer() {
        for (int second = 1; second < 125; second++) {
            all(second, 0, 0, 2);
        }
        assertEquals(List.of(0, 2), slots());
    }

    @Test
    void itEndsWhenTooFewEverCome() {
        for (int second = 1; second < 155; second++) {
            all(second, 0, 1);
        }
        assertEquals(Roll.State.FAILED, roll.state());
        assertTrue(roll.failure().contains("there are 1 ranks"), roll.failure());
    }

    @Test
    void aSilentRankIsLostAfterTheSilenceAndComesBackLater() {
        all(1, 0, 0, 1, 2);
        all(4, 9, 0, 1);
        all(6.1, 9, 0, 1);
        assertEquals(List.of(0, 1), slots());
        assertTrue(
                said().contains(
                                "rank 2 on host2 said nothing for 5.1 s, while computing at step"
                                        + " 1"));
        report(id(2, 0), 6.3, 0);
        assertEquals(List.of(0, 1), slots(), "not at once");
        report(id(2, 0), 6.7, 0);
        assertEquals(List.of(0, 1, 2), slots());
    }

    @Test
    void aBrokenConnectionAndSilenceIsALossWithinASecond() {
        all(1, 0, 0, 1, 2);
        report(id(0, 0), 1.2, 3, id(1, 0));
        report(id(2, 0), 1.2, 3);
        assertEquals(List.of(0, 1, 2), slots());
        report(id(0, 0), 1.9, 3, id(1, 0));
        assertEquals(List.of(0, 2), slots());
    }

    @Test
    void aBrokenConnectionBetweenTwoThatLiveMakesAViewOfTheSame() {
        all(1, 0, 0, 1, 2);
        int number = roll.view().number();
        report(id(0, 0), 1.2, 3, id(1, 0));
        report(id(1, 0), 1.3, 3);
        assertEquals(List.of(0, 1, 2), slots());
        assertEquals(number + 1, roll.view().number());
    }

    @Test
    void aLinkThatStaysBrokenCostsTheOneWithMoreComplaints() {
        all(1, 0, 0, 1, 2);
        for (int i = 0; i < 12 && slots().size() == 3; i++) {
            report(id(1, 0), 1.2 + i / 10.0, 3, id(0, 0));
            report(id(2, 0), 1.2 + i / 10.0, 3, id(0, 0));
            report(id(0, 0), 1.25 + i / 10.0, 3);
        }
        assertEquals(List.of(1, 2), slots());
    }

    @Test
    void anotherStartOfARankReplacesTheOneBefore() {
        all(1, 0, 0, 1, 2);
        report(id(1, 1), 1.5, 0);
        assertEquals(id(1, 1), roll.view().members().get(1).id());
        int number = roll.view().number();
        report(id(1, 0), 1.6, 5);
        assertEquals(number, roll.view().number(), "the old one has no say");
        assertTrue(said().contains("was started again"));
    }

    @Test
    void belowTheLeastTheRunWaitsAndThenEnds() {
        all(1, 0, 0, 1, 2);
        roll.left(id(0, 0), "was killed", 2 * SECOND);
        roll.left(id(1, 0), "was killed", 2 * SECOND);
        assertEquals(View.Mode.HOLD, roll.view().mode());
        assertTrue(said().contains("1 ranks are left, and run.min_hosts is 2; the run waits"));
        report(id(1, 1), 4, 0);
        report(id(2, 0), 4, 0);
        assertEquals(View.Mode.RUN, roll.view().mode());
        roll.left(id(1, 1), "was killed", 5 * SECOND);
        for (int second = 5; second < 40; second++) {
            all(second, 0, 2);
        }
        assertEquals(Roll.State.FAILED, roll.state());
        assertTrue(roll.failure().contains("no more came within 30 s"), roll.failure());
    }

    @Test
    void theSameFaultAgainAndAgainEndsTheRun() {
        all(1, 0, 0, 1, 2);
        int second = 2;
        for (int life = 0; life < 20 && roll.state() != Roll.State.FAILED; life++) {
            roll.left(id(1, life), "was killed", second * SECOND);
            while (roll.state() != Roll.State.FAILED && !roll.view().has(id(1, life + 1))) {
                second++;
                all(second, 4, 0, 2);
                report(id(1, life + 1), second, 4);
            }
        }
        assertEquals(Roll.State.FAILED, roll.state());
        assertTrue(roll.failure().contains("without a completed step in between"), roll.failure());
    }

    @Test
    void theEndIsAViewOfItsOwn() {
        all(1, 0, 0, 1, 2);
        roll.end(2 * SECOND);
        assertEquals(View.Mode.END, roll.view().mode());
        assertEquals(List.of(0, 1, 2), slots());
    }
}
