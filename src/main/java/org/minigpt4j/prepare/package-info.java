/**
 * From lists of addresses to shards: Spark reads and partitions the lists, draws as many pairs as
 * the budget says, fetches, filters and resizes the pictures, and writes shards that the {@code
 * data} package and any WebDataset reader take. A shard is the unit of work and of commitment; a
 * run that was killed continues where it was.
 */
package org.minigpt4j.prepare;
