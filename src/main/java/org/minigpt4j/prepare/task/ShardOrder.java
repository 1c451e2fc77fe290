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

    /** What becomes of the shard; each kind answers all that {@link ShardTask} asks. */
    sealed interface Work extends Serializable {

        /** Whether pairs are drawn that the shard did not have; a finished one then stays. */
        boolean draws();

        /** How many pictures it may keep. */
        long most();

        /** How many pictures failed downloads may give when tried once more. */
        long retried();

        /** Keys that go, and the key of the picture that stays instead. */
        Map<String, String> duplicates();
    }

    /** A shard that is to be made. */
    public record Make(long most) implements Work {
        @Override
        public boolean draws() {
            return true;
        }

        @Override
        public long retried() {
            return 0;
        }

        @Override
        public Map<String, String> duplicates() {
            return Map.of();
        }
    }

    /** Failed downloads of a finished shard are tried once more. */
    public record Retry(long retried) implements Work {
        @Override
        public boolean draws() {
            return false;
        }

        @Override
        public long most() {
            return Long.MAX_VALUE;
        }

        @Override
        public Map<String, String> duplicates() {
            return Map.of();
        }
    }

    /** Pictures of a finished shard that equal others go. */
    public record Drop(Map<String, String> duplicates) implements Work {
        @Override
        public boolean draws() {
            return false;
        }

        @Override
        public long most() {
            return Long.MAX_VALUE;
        }

        @Override
        public long retried() {
            return 0;
        }
    }
}
