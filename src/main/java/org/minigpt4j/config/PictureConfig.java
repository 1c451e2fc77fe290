package org.minigpt4j.config;

import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;

import java.util.Optional;

/** How pictures are resized and encoded ({@code picture}), with img2dataset's names. */
public record PictureConfig(
        @Key(doc = "Edge length of the stored picture.", byDefault = "256") @Range(min = 1)
                int imageSize,
        @Key(
                        doc =
                                "`border` (all of it, the rest white), `keep_ratio`,"
                                        + " `keep_ratio_largest`, `center_crop` or `\"no\"` in quotes.",
                        byDefault = "border")
                ResizeMode resizeMode,
        @Key(doc = "Shrink larger pictures, but do not enlarge smaller ones.", byDefault = "false")
                boolean resizeOnlyIfBigger,
        @Key(doc = "Quality of the JPEG.", byDefault = "95") @Range(min = 1, max = 100)
                int encodeQuality,
        @Key(doc = "Minimum length of the shorter edge.", byDefault = "0") @Range(min = 0)
                int minImageSize,
        @Key(doc = "Minimum width times height.", byDefault = "0") @Range(min = 0)
                long minImageArea,
        @Key(doc = "Maximum width times height; 0 for no limit.", byDefault = "0") @Range(min = 0)
                long maxImageArea,
        @Key(
                        doc = "A file whose header gives more pixels than this is not decoded.",
                        byDefault = "89478485")
                @Range(min = 1)
                long maxPixels,
        @Key(doc = "Maximum ratio of the longer edge to the shorter. Without it: no limit.")
                @Range(min = 1)
                Optional<Double> maxAspectRatio,
        @Key(
                        doc = "Rotate the picture by its EXIF orientation; upstream does not.",
                        byDefault = "false")
                boolean applyOrientation) {}
