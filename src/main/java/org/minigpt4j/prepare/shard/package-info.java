/** A shard as it is written and read again: tar, table, statistics, manifest. */
package org.minigpt4j.prepare.shard;
