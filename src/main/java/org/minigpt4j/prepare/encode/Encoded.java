package org.minigpt4j.prepare.encode;

import org.minigpt4j.data.StoredPairs.UnusablePairException;
import org.minigpt4j.data.sample.Fault;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.Map;

/**
 * What became of samples.
 *
 * @param pictures that are in the store now
 * @param unusable the others, by cause
 * @param examples one of each cause, in words
 */
public record Encoded(long pictures, Map<Fault, Long> unusable, Map<Fault, String> examples)
        implements Serializable {

    static Encoded none() {
        return new Encoded(0, new EnumMap<>(Fault.class), new EnumMap<>(Fault.class));
    }

    void skip(UnusablePairException e) {
        unusable.merge(e.fault(), 1L, Long::sum);
        examples.putIfAbsent(e.fault(), "%s: %s".formatted(e.key(), e.getMessage()));
    }

    /** Both together. */
    public Encoded plus(Encoded other) {
        Encoded sum = new Encoded(pictures + other.pictures, none().unusable, none().examples);
        for (Encoded one : new Encoded[] {this, other}) {
            one.unusable.forEach((fault, count) -> sum.unusable.merge(fault, count, Long::sum));
            one.examples.forEach(sum.examples::putIfAbsent);
        }
        return sum;
    }
}
