package org.minigpt4j.generate;

/** Hears of tokens as they are generated, on the generating thread. */
@FunctionalInterface
public interface TokenListener {

    /** Hears nothing. */
    TokenListener NONE = ids -> true;

    /**
     * One more token is certain. Beam search is certain of none before its end and calls this once.
     *
     * @param ids the sequence so far, the implicit begin of sequence first
     * @return whether to go on; if not, the generation ends here with these ids
     */
    boolean generated(int[] ids);
}
