package org.minigpt4j.config;

/** The image processors of upstream's registry ({@code vis_processor.train.name}). */
public enum VisProcessorName {
    /** A random resized crop, bicubic, then normalisation. */
    BLIP2_IMAGE_TRAIN(ImageTransform.RANDOM_RESIZED_CROP),
    /** A bicubic resize to a square, then normalisation. */
    BLIP2_IMAGE_EVAL(ImageTransform.RESIZE);

    private final ImageTransform transform;

    VisProcessorName(ImageTransform transform) {
        this.transform = transform;
    }

    ImageTransform transform() {
        return transform;
    }
}
