/**
 * The protocol between ranks and driver, without network, threads or clock: {@link
 * org.minigpt4j.cluster.protocol.Roll} in the driver, {@link
 * org.minigpt4j.cluster.protocol.RankMachine} in each rank.
 */
package org.minigpt4j.cluster.protocol;
