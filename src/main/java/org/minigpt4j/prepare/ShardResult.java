package org.minigpt4j.prepare;

import java.io.Serializable;

/** A finished shard. */
record ShardResult(String folder, int shard, ShardStats stats) implements Serializable {}
