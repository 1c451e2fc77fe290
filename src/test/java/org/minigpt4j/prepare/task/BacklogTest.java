package org.minigpt4j.prepare.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BacklogTest {

    private static final int MIB = 1 << 20;

    private final Backlog backlog = new Backlog(Backlog.MOST);

    private void fill() {
        while (backlog.hasRoom()) {
            backlog.sentFor(1);
        }
    }

    @Test
    void largeFilesAreSentForByTheDozenAndSmallOnesByTheThousand() {
        fill();
        assertEquals(256, backlog.underWay(), "of a mebibyte each, for all that is known");
        for (int i = 0; i < 256; i++) {
            backlog.arrived(20 * MIB);
        }
        fill();
        assertEquals(12, backlog.underWay());
        for (int i = 0; i < 100_000; i++) {
            backlog.sentFor(1);
            backlog.arrived(50_000);
        }
        fill();
        assertTrue(backlog.underWay() > 2000, backlog.underWay() + " under way");
    }

    @Test
    void readyPicturesThatWaitForOneBeforeThemStopTheAsking() {
        backlog.sentFor(2);
        backlog.arrived(MIB);
        backlog.keeps(Backlog.MOST);
        assertFalse(backlog.hasRoom());
        backlog.letsGo(Backlog.MOST);
        assertTrue(backlog.hasRoom());
    }

    @Test
    void oneFileLargerThanAllThatMayBeHeldIsStillSentFor() {
        Backlog small = new Backlog(10);
        assertTrue(small.hasRoom());
        small.sentFor(1);
        assertFalse(small.hasRoom());
    }
}
