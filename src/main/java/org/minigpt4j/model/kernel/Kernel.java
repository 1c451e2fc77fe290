package org.minigpt4j.model.kernel;

/**
 * A kernel that the text is known to have, with this many arguments; made by {@link Kernels#kernel}
 * when a block is built, so that a call that does not fit its kernel shows before anything runs.
 *
 * @param arguments how many it takes, without {@code self}
 */
public record Kernel(String name, int arguments) {}
