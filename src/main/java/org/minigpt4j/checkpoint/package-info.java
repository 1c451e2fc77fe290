/**
 * The state of a run on disk: checkpoints, their folder, and the projection that any of its files
 * holds.
 */
package org.minigpt4j.checkpoint;
