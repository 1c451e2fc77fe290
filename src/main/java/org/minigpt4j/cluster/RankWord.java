package org.minigpt4j.cluster;

import org.minigpt4j.cluster.protocol.RankReport;

import java.io.Serializable;
import java.util.List;
import java.util.TreeMap;

/**
 * Everything that a rank reports to the driver at a time.
 *
 * @param report where it stands
 * @param news by step, what the driver has not heard of yet; it is for the task to read
 * @param kept steps after which it has kept the state
 * @param failure why the run cannot go on, where that is no fault of this rank alone; else empty
 */
public record RankWord(
        RankReport report, TreeMap<Integer, byte[]> news, List<Integer> kept, String failure)
        implements Serializable {}
