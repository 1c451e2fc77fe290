/** Tar shards: their members, their index and their manifest. */
package org.minigpt4j.data.shard;
