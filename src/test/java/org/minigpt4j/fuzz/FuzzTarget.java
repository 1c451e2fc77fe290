package org.minigpt4j.fuzz;

/** A reader of foreign bytes. */
@FunctionalInterface
public interface FuzzTarget {

    /**
     * Reads the bytes to their end, touching everything that a user's command would touch. It may
     * return, or throw a {@link org.minigpt4j.MiniGpt4Exception}; anything else is a fault.
     */
    void read(byte[] bytes) throws Exception;
}
