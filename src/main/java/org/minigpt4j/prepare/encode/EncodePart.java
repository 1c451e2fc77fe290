package org.minigpt4j.prepare.encode;

import java.io.Serializable;

/**
 * What a task encodes.
 *
 * @param dataset its place in the mixture
 * @param samples their numbers in the data set, no two with one name in the store
 */
public record EncodePart(int dataset, long[] samples) implements Serializable {}
