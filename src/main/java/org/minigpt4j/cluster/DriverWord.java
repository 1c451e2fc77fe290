package org.minigpt4j.cluster;

import org.minigpt4j.cluster.protocol.View;

import java.io.Serializable;

/**
 * What the driver answers a rank.
 *
 * @param view the newest one
 * @param heard the newest step whose news the driver has
 * @param saved the newest step after which the state is saved
 * @param save whether it wants the state after the next step
 */
public record DriverWord(View view, int heard, int saved, boolean save) implements Serializable {}
