package org.minigpt4j.data.sample;

/**
 * Samples that were skipped.
 *
 * @param dataset the data set's name
 * @param key the sample's key, or the shard's name where the shard itself is at fault
 * @param fault why
 * @param detail what was seen, for a person
 * @param pairs how many are lost by it; 0 where it is only worth telling
 */
public record Skip(String dataset, String key, Fault fault, String detail, long pairs) {

    /** One sample that was skipped. */
    public Skip(String dataset, String key, Fault fault, String detail) {
        this(dataset, key, fault, detail, 1);
    }
}
