package org.minigpt4j.prepare.encode;

import org.minigpt4j.data.StoredPairs.UnusablePairException;
import org.minigpt4j.data.StoredPictures;
import org.minigpt4j.data.feature.FeatureKind;
import org.minigpt4j.data.feature.FeaturePart;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes parts on a host. A part is in the store whole or not at all, and the next start of the
 * job asks for those only that are not.
 *
 * @param encoder of the run
 * @param store its folder
 * @param kind what that holds
 */
public record EncodeTask(FeatureEncoder encoder, String store, FeatureKind kind)
        implements Serializable {

    /**
     * Encodes a part.
     *
     * @param gpus that Spark gave the task, by number; empty if it gives out none
     * @throws InterruptedException if the thread is told to stop
     */
    public Encoded run(EncodePart part, List<String> gpus) throws InterruptedException {
        StoredPictures pictures = encoder.pictures(gpus);
        Encoded done = Encoded.none();
        long encoded = 0;
        try (FeaturePart file = FeaturePart.begin(Path.of(store), kind)) {
            List<String> names = new ArrayList<>();
            List<byte[]> pixels = new ArrayList<>();
            for (int i = 0; i < part.samples().length; i++) {
                long sample = part.samples()[i];
                try {
                    pixels.add(pictures.pixels(part.dataset(), sample));
                    names.add(pictures.identity(part.dataset(), sample));
                } catch (UnusablePairException e) {
                    done.skip(e);
                } catch (IOException e) {
                    throw EncodePlan.cannotRead(pictures, part.dataset(), sample, e);
                }
                boolean last = i == part.samples().length - 1;
                if (names.size() == encoder.batch() || last && !names.isEmpty()) {
                    List<float[]> features = encoder.features(gpus, pixels);
                    for (int j = 0; j < names.size(); j++) {
                        file.add(names.get(j), features.get(j));
                    }
                    encoded += names.size();
                    names.clear();
                    pixels.clear();
                }
            }
            if (encoded > 0) {
                file.commit();
            }
        }
        return new Encoded(encoded, done.unusable(), done.examples());
    }
}
