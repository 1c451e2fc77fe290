package org.minigpt4j.prepare.task;

import java.io.Serializable;
import java.util.Map;

/**
 * What a task is to do.
 *
 * @param folder address of the list's shards
 * @param shard its number
 */
public record ShardOrder(String folder, int shard, Work work) implements Serializable {

    /** What becomes of the shard; {@link ShardWork} says how each is done. */
    sealed interface Work extends Serializable {}

    /**
     * A shard is made.
     *
     * @param most pictures it may hold
     */
    public record Make(long most) implements Work {}

    /**
     * Failed downloads of a finished shard are tried once more.
     *
     * @param most pictures that may come of it
     */
    public record Retry(long most) implements Work {}

    /**
     * Pictures of a finished shard that equal others go.
     *
     * @param duplicates their keys, each with the key of the picture that stays instead
     */
    public record Drop(Map<String, String> duplicates) implements Work {}
}
