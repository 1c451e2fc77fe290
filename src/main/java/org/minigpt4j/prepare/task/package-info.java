/** The work of one Spark task: a shard made, or one made again. */
package org.minigpt4j.prepare.task;
