package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.minigpt4j.cluster.RankWord;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.Phase;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.RollRules;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

/** Time in which a driver did not run. */
class WakingClockTest {

    private static final long SECOND = 1_000_000_000L;

    private long real;

    @Test
    void aDriverThatSleptLosesNobodyOverIt() {
        Member zero = new Member(new MemberId(0, 0), "a", 1);
        RollRules rules = RollRules.of(1, 1, Duration.ofSeconds(5), Duration.ofSeconds(50));
        HostsDriver driver = new HostsDriver(rules, 0, new WakingClock(() -> real));
        var report = new RankReport(zero, 0, 0, Phase.DATA, List.of());
        driver.answer(new RankWord(report, new TreeMap<>(), List.of(), ""));
        assertEquals(1, driver.ranks());
        real += 3600 * SECOND;
        driver.take();
        assertEquals(1, driver.ranks());
        for (int i = 0; i < 100; i++) {
            real += SECOND / 10;
            driver.take();
        }
        assertEquals(0, driver.ranks(), "a silent rank");
    }
}
