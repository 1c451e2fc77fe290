package org.minigpt4j.config;

import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SectionProblems;

import java.util.Optional;

/** How an image becomes a tensor ({@code vis_processor.train}). */
public record VisProcessorConfig(
        @Key(doc = "Upstream's name of the transform.") VisProcessorName name,
        @Key(
                        doc =
                                "The transform, instead of the one that `name` implies:"
                                        + " upstream's `blip2_image_train` was the random crop in"
                                        + " its first months and the plain resize later.",
                        ours = true)
                Optional<ImageTransform> imageTransform,
        @Key(doc = "Edge of the square image; the model's `image_size`.", byDefault = "224")
                @Range(min = 1)
                int imageSize,
        @Key(doc = "Smallest share of the area that a random crop keeps.", byDefault = "0.5")
                @Range(above = 0, max = 1)
                double minScale,
        @Key(doc = "Largest share of the area that a random crop keeps.", byDefault = "1.0")
                @Range(above = 0, max = 1)
                double maxScale)
        implements Checked {

    @Override
    public void check(SectionProblems problems) {
        if (minScale > maxScale) {
            problems.reject(
                    "min_scale",
                    "is %s; give no more than max_scale, %s".formatted(minScale, maxScale),
                    "max_scale");
        }
    }

    /** The transform: {@code image_transform}, or the one that the name implies. */
    public ImageTransform transform() {
        return imageTransform.orElse(name.transform());
    }

    /** The processors of a data set by split ({@code vis_processor}). */
    public record Splits(
            @Key(doc = "The processor of training images.") VisProcessorConfig train,
            @Key(
                            doc =
                                    "The processor of held-out images. Without it: the plain resize,"
                                            + " `blip2_image_eval`.")
                    Optional<VisProcessorConfig> eval) {

        /** Checks that pictures have the size that the model needs. */
        void check(String key, ModelConfig model, SectionProblems problems) {
            check(key + ".train", train, model, problems);
            eval.ifPresent(held -> check(key + ".eval", held, model, problems));
        }

        private static void check(
                String key,
                VisProcessorConfig config,
                ModelConfig model,
                SectionProblems problems) {
            if (config.imageSize() != model.imageSize()) {
                problems.reject(
                        key + ".image_size",
                        "is %d; give the model's image_size, %d"
                                .formatted(config.imageSize(), model.imageSize()),
                        "model.image_size");
            }
        }
    }
}
