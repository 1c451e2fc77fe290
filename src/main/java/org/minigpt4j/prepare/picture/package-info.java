/** Downloaded bytes to the JPEG of a shard: checked, decoded once, resized, encoded, hashed. */
package org.minigpt4j.prepare.picture;
