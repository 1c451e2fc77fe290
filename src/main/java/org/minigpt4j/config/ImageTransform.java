package org.minigpt4j.config;

/** The image processors of upstream's registry ({@code vis_processor.train.name}). */
public enum ImageTransform {
    /** A random resized crop, bicubic, then normalisation. */
    BLIP2_IMAGE_TRAIN,
    /** A bicubic resize to a square, then normalisation. */
    BLIP2_IMAGE_EVAL
}
