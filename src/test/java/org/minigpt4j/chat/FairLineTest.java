package org.minigpt4j.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Turns in the line, and who is let into it. */
class FairLineTest {

    private static Asker asker(String host, String name) {
        return new Asker(host, name, false);
    }

    @Test
    void thoseWhoAskTakeTurnsHoweverManyTheyBring() {
        FairLine<String> line = new FairLine<>();
        for (int i = 0; i < 3; i++) {
            line.add(asker("a", "x"), "ax" + i);
        }
        line.add(asker("a", "y"), "ay0");
        line.add(asker("b", ""), "b0");
        assertEquals("ax0", line.peek());
        assertEquals(5, line.size());
        assertEquals(4, line.size("a"));
        assertEquals(2, line.hosts());
        List<String> order = new ArrayList<>();
        while (!line.isEmpty()) {
            String next = line.peek();
            assertEquals(next, line.poll());
            order.add(next);
        }
        assertEquals(List.of("ax0", "b0", "ay0", "ax1", "ax2"), order);
        assertNull(line.peek());
        assertNull(line.poll());
        assertEquals(0, line.hosts());
    }

    @Test
    void nobodyIsLostAndNobodyWaitsForMoreThanOneOfEachOther() {
        SplittableRandom random = new SplittableRandom(5);
        FairLine<String> line = new FairLine<>();
        int added = 0;
        int taken = 0;
        for (int i = 0; i < 5000; i++) {
            if (random.nextInt(100) < 60) {
                String host = "host" + Math.min(random.nextInt(9), random.nextInt(9));
                line.add(asker(host, "name" + random.nextInt(3)), host);
                added++;
            } else if (line.poll() != null) {
                taken++;
            }
            assertEquals(added - taken, line.size());
        }
        int hosts = line.hosts();
        line.add(asker("new", ""), "new");
        int before = 0;
        while (!line.poll().equals("new")) {
            before++;
        }
        assertTrue(before <= hosts, before + " before it, of " + hosts + " hosts");
        assertEquals(added - taken - before, line.drain().size());
        assertTrue(line.isEmpty());
    }

    @Test
    void aFullLineTakesOthersAndThoseWhoComeBack() {
        FairShare share = new FairShare(8);
        Asker greedy = asker("a", "");
        assertTrue(share.admits(greedy, 7, 7, 1, 1));
        assertTrue(!share.admits(greedy, 8, 8, 1, 1));
        Asker other = asker("b", "");
        assertTrue(share.admits(other, 8, 0, 1, 4), "half of it");
        assertTrue(!share.admits(other, 12, 4, 2, 1), "not more");
        assertTrue(!share.admits(other, 16, 0, 2, 1), "all hosts together have an end");
        Asker again = new Asker("a", "", true);
        assertTrue(share.admits(again, share.most() - 1, 20, 2, 1));
        assertTrue(!share.admits(again, share.most(), 20, 2, 1));
    }
}
