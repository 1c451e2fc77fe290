package org.minigpt4j.cluster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Which shares make slow ranks finish with the others. */
class BalanceTest {

    private static View view(int ranks) {
        return new View(
                1,
                View.Mode.RUN,
                IntStream.range(0, ranks)
                        .mapToObj(slot -> new Member(new MemberId(slot, 0), "host" + slot, 1))
                        .toList());
    }

    /** Ranks of so many seconds a micro-batch have taken their shares for nine steps. */
    private static Balance balance(int microBatches, int devices, double... seconds) {
        Balance balance = new Balance(microBatches);
        int share = microBatches / seconds.length;
        for (int step = 1; step < 10; step++) {
            for (int rank = 0; rank < seconds.length; rank++) {
                int rounds = (share + devices - 1) / devices;
                double compute = rounds * seconds[rank];
                balance.took(
                        new MemberId(rank, 0), new RankPace(step, share, devices, 0.01, compute));
            }
        }
        return balance;
    }

    @Test
    void ranksOfOnePaceKeepEqualShares() {
        Balance balance = balance(16, 1, 1, 1.05, 0.97, 1);
        assertEquals(Optional.empty(), balance.better(view(4)));
        assertEquals(List.of(), balance.stragglers(view(4)));
    }

    @Test
    void aSlowRankGetsWhatItDoesInTheTimeOfTheOthers() {
        assertEquals(Optional.of(List.of(5, 5, 1, 5)), balance(16, 1, 1, 1, 4, 1).better(view(4)));
        assertEquals(Optional.of(List.of(6, 2)), balance(8, 1, 1, 3).better(view(2)));
    }

    @Test
    void aRankKeepsOneMicroBatchHoweverSlowItIs() {
        assertEquals(Optional.of(List.of(3, 1)), balance(4, 1, 1, 100).better(view(2)));
    }

    @Test
    void sharesFillTheDevicesOfAHost() {
        // A fifth micro-batch on four devices takes as long as eight.
        assertEquals(Optional.empty(), balance(8, 4, 1, 1.3).better(view(2)));
        List<Integer> shares = balance(32, 4, 1, 3).better(view(2)).orElseThrow();
        assertEquals(List.of(24, 8), shares);
    }

    @Test
    void aStragglerIsNamedOnceWithWhatTakesItsTime() {
        Balance balance = balance(8, 1, 1, 1, 1, 2);
        List<RollEvent> events = balance.stragglers(view(4));
        assertEquals(
                List.of(
                        "rank 3 on host3 is slow: computing takes 2.00 s a micro-batch there, and"
                                + " 1.00 s on the others"),
                events.stream().map(RollEvent::words).toList());
        assertEquals(List.of(), balance.stragglers(view(4)));
    }

    @Test
    void oneSlowStepMovesNothing() {
        Balance balance = balance(8, 1, 1, 1);
        balance.took(new MemberId(1, 0), new RankPace(10, 4, 1, 0, 400));
        assertEquals(Optional.empty(), balance.better(view(2)));
    }

    @Test
    void nothingIsKnownRightAfterAChange() {
        Balance balance = balance(8, 1, 1, 3);
        balance.begin(view(2));
        assertEquals(Optional.empty(), balance.better(view(2)));
        assertTrue(balance.stragglers(view(2)).isEmpty());
    }
}
