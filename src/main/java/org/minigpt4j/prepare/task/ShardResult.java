package org.minigpt4j.prepare.task;

import org.minigpt4j.prepare.shard.ShardStats;

import java.io.Serializable;

/** A finished shard. */
public record ShardResult(String folder, int shard, ShardStats stats) implements Serializable {}
