/**
 * Trains the nano parts: every weight of a small image encoder, Q-Former and language model, on
 * scenes and their words alone.
 */
package org.minigpt4j.nano.parts;
