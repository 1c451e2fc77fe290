package org.minigpt4j.data;

import org.minigpt4j.config.DatasetConfig;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.config.ImageTransform;
import org.minigpt4j.config.TextProcessorConfig;
import org.minigpt4j.config.VisProcessorConfig;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.text.CaptionProcessor;

import java.util.List;
import java.util.Optional;

/**
 * One data set of the mixture.
 *
 * @param name its name in messages
 * @param format its layout on disk
 * @param storage its places; what a place can be depends on the format
 * @param ratio its weight in the mixture
 * @param images how pictures are prepared
 * @param captions how captions are prepared; empty leaves them unchanged
 */
public record SourceSettings(
        String name,
        DatasetFormat format,
        List<String> storage,
        double ratio,
        ImageProcessor images,
        Optional<CaptionProcessor> captions) {

    private static final String FILE = "file://";

    /** Copies the list; {@code file:///x} becomes the path {@code /x}. */
    public SourceSettings {
        storage =
                storage.stream()
                        .map(p -> p.startsWith(FILE + "/") ? p.substring(FILE.length()) : p)
                        .toList();
    }

    static SourceSettings from(String name, DatasetConfig dataset, double ratio) {
        return of(
                name,
                dataset,
                dataset.buildInfo().storage(),
                ratio,
                images(dataset.visProcessor().train()),
                dataset.textProcessor().train());
    }

    /** The data set's held-out samples; empty if it has none. */
    static Optional<SourceSettings> heldOut(String name, DatasetConfig dataset) {
        VisProcessorConfig.Splits vis = dataset.visProcessor();
        TextProcessorConfig.Splits text = dataset.textProcessor();
        return dataset.buildInfo()
                .valStorage()
                .map(
                        storage ->
                                of(
                                        name,
                                        dataset,
                                        storage,
                                        1,
                                        vis.eval()
                                                .map(SourceSettings::images)
                                                .orElse(
                                                        ImageProcessor.resize(
                                                                vis.train().imageSize())),
                                        text.eval().orElse(text.train())));
    }

    private static ImageProcessor images(VisProcessorConfig vis) {
        return switch (vis.transform()) {
            case RESIZE -> ImageProcessor.resize(vis.imageSize());
            case RANDOM_RESIZED_CROP ->
                    new ImageProcessor(
                            ImageTransform.RANDOM_RESIZED_CROP,
                            vis.imageSize(),
                            vis.minScale(),
                            vis.maxScale());
        };
    }

    private static SourceSettings of(
            String name,
            DatasetConfig dataset,
            List<String> storage,
            double ratio,
            ImageProcessor images,
            TextProcessorConfig text) {
        // The reference uses the curated captions unchanged, whatever processor is configured.
        boolean raw = dataset.format() == DatasetFormat.CC_SBU_ALIGN;
        return new SourceSettings(
                name,
                dataset.format(),
                storage,
                ratio,
                images,
                raw
                        ? Optional.empty()
                        : Optional.of(new CaptionProcessor(text.prompt(), text.maxWords())));
    }
}
