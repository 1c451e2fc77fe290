package org.minigpt4j.cluster;

import org.minigpt4j.cluster.protocol.View;

import java.io.Serializable;

/**
 * The driver's reply to a rank's report.
 *
 * @param view the newest view
 * @param heard the newest step whose news the driver has received
 * @param saved the newest step whose state is saved
 * @param save whether the driver wants the state after the next step
 */
public record DriverWord(View view, int heard, int saved, boolean save) implements Serializable {}
