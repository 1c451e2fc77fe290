package org.minigpt4j.cluster;

import org.minigpt4j.cluster.protocol.RankReport;

import java.io.Serializable;
import java.util.List;
import java.util.TreeMap;

/**
 * One report of a rank to the driver.
 *
 * @param report the rank's progress
 * @param news by step, the news that the driver does not have yet; only the task knows their format
 * @param kept steps whose state the rank has kept
 * @param failure why the whole run must end; empty unless the reason affects all ranks
 */
public record RankWord(
        RankReport report, TreeMap<Integer, byte[]> news, List<Integer> kept, String failure)
        implements Serializable {}
