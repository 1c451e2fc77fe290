package org.minigpt4j.track.store;

/**
 * One value of a metric.
 *
 * @param timestamp milliseconds since 1970
 */
public record Point(String key, double value, long timestamp, long step) {}
