package org.minigpt4j.data.sample;

/**
 * One or more samples that were skipped.
 *
 * @param dataset the data set's name
 * @param key the sample's key, or the shard's name if the shard itself is damaged
 * @param fault the cause
 * @param detail the exact finding, for the user
 * @param pairs number of pairs lost; 0 for a remark without loss
 */
public record Skip(String dataset, String key, Fault fault, String detail, long pairs) {

    /** One sample that was skipped. */
    public Skip(String dataset, String key, Fault fault, String detail) {
        this(dataset, key, fault, detail, 1);
    }
}
