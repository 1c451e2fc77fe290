package org.minigpt4j.prepare;

import java.io.Serializable;
import java.util.Map;

/**
 * What a task is to do.
 *
 * @param folder address of the list's shards
 * @param shard its number
 * @param most pictures a shard that is made may keep
 * @param rework null for a shard that is to be made; else what is to be changed about one that is
 *     finished
 */
record ShardOrder(String folder, int shard, long most, Rework rework) implements Serializable {

    /**
     * A change of a finished shard; no pair is drawn that was not.
     *
     * @param retried how many pictures failed downloads may give when tried once more; 0 not to
     * @param duplicates keys that go, and the key of the picture that stays instead
     */
    record Rework(long retried, Map<String, String> duplicates) implements Serializable {}
}
