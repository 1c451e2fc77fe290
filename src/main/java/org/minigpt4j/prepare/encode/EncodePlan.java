package org.minigpt4j.prepare.encode;

import org.minigpt4j.FailedException;
import org.minigpt4j.data.StoredPairs.UnusablePairException;
import org.minigpt4j.data.StoredPictures;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is left to encode.
 *
 * @param parts of it, each for a task
 * @param missing samples in them
 * @param present pictures that the store has
 * @param nameless samples without a picture
 */
public record EncodePlan(List<EncodePart> parts, long missing, long present, Encoded nameless) {

    /**
     * Looks for each sample of a mixture in a store. Samples that share a picture count once.
     *
     * @param perPart most samples of a part
     * @throws FailedException if the storage fails
     */
    public static EncodePlan of(StoredPictures pictures, FeatureStore store, int perPart) {
        List<EncodePart> parts = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        long present = 0;
        long missing = 0;
        Encoded nameless = Encoded.none();
        for (int dataset = 0; dataset < pictures.dataSets(); dataset++) {
            List<Long> part = new ArrayList<>();
            for (long sample = 0; sample < pictures.size(dataset); sample++) {
                try {
                    String name = pictures.identity(dataset, sample);
                    if (!seen.add(name)) {
                        continue;
                    } else if (store.has(name)) {
                        present++;
                        continue;
                    }
                } catch (UnusablePairException e) {
                    nameless.skip(e);
                    continue;
                } catch (IOException e) {
                    throw cannotRead(pictures, dataset, sample, e);
                }
                missing++;
                part.add(sample);
                if (part.size() == perPart) {
                    parts.add(part(dataset, part));
                    part.clear();
                }
            }
            if (!part.isEmpty()) {
                parts.add(part(dataset, part));
            }
        }
        return new EncodePlan(List.copyOf(parts), missing, present, nameless);
    }

    private static EncodePart part(int dataset, List<Long> samples) {
        return new EncodePart(dataset, samples.stream().mapToLong(Long::longValue).toArray());
    }

    static FailedException cannotRead(
            StoredPictures pictures, int dataset, long sample, IOException e) {
        return new FailedException(
                "Data set %s: sample %d cannot be read: %s"
                        .formatted(pictures.name(dataset), sample, ReadFailure.reason(e)),
                e);
    }
}
