package org.minigpt4j.data.shard;

/** A run of bytes in a shard; {@link #NONE} stands for a file that a sample lacks. */
record Span(long offset, long length) {

    static final Span NONE = new Span(-1, -1);

    boolean exists() {
        return offset >= 0;
    }
}
