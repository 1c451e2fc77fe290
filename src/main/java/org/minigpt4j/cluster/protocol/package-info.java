/**
 * What ranks and driver say to each other and what they make of it, without network, threads and
 * clock: {@link org.minigpt4j.cluster.protocol.Roll} in the driver, {@link
 * org.minigpt4j.cluster.protocol.RankMachine} in each rank.
 */
package org.minigpt4j.cluster.protocol;
