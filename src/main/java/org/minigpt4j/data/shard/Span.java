package org.minigpt4j.data.shard;

/** A run of bytes in a shard; {@link #NONE} means that a sample lacks this file. */
public record Span(long offset, long length) {

    static final Span NONE = new Span(-1, -1);

    /** False for a file that a sample lacks. */
    public boolean exists() {
        return offset >= 0;
    }
}
