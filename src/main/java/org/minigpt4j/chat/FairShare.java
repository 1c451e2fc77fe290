package org.minigpt4j.chat;

/**
 * Decides which requests are admitted to a limited number of slots. Beyond that number it still
 * admits hosts that have less than their fair share, and requests that were refused before. So a
 * host with many requests cannot lock others out. The total stays bounded.
 *
 * @param room the number of slots shared by all
 */
public record FairShare(int room) {

    private static final int SHARED = 2;
    private static final int AGAIN = 4;

    /** The upper limit, including the additional admissions. */
    public int most() {
        return AGAIN * room;
    }

    /**
     * Whether a request is admitted.
     *
     * @param there number of slots in use
     * @param own number of those used by the same host
     * @param hosts number of hosts that use slots
     * @param more number of slots requested together
     */
    public boolean admits(Asker who, int there, int own, int hosts, int more) {
        int share = room / (hosts + (own == 0 ? 1 : 0));
        return there + more <= room
                || own + more <= share && there + more <= SHARED * room
                || who.again() && there + more <= AGAIN * room;
    }
}
