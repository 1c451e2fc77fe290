package org.minigpt4j.chat;

/**
 * Who is let in where there is room for so many. When it is full, hosts that have less than their
 * share still are, and those who were refused before and come back: one host with many requests
 * neither keeps others out nor makes them come in vain. All of it is bounded.
 *
 * @param room for everybody
 */
public record FairShare(int room) {

    private static final int SHARED = 2;
    private static final int AGAIN = 4;

    /** How many there can be at most. */
    public int most() {
        return AGAIN * room;
    }

    /**
     * Whether there is room.
     *
     * @param there who have been let in
     * @param own those of the same host
     * @param hosts how many hosts they are from
     * @param more who want in together
     */
    public boolean admits(Asker who, int there, int own, int hosts, int more) {
        int share = room / (hosts + (own == 0 ? 1 : 0));
        return there + more <= room
                || own + more <= share && there + more <= SHARED * room
                || who.again() && there + more <= AGAIN * room;
    }
}
