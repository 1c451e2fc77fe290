package org.minigpt4j.data.sample;

/**
 * A sample that was passed over.
 *
 * @param dataset the data set's name
 * @param key the sample's key, or the shard's name where the shard itself is at fault
 * @param fault why
 * @param detail what was seen, for a person
 */
public record Skip(String dataset, String key, Fault fault, String detail) {}
