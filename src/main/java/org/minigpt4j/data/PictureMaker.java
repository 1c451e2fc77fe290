package org.minigpt4j.data;

import org.minigpt4j.image.BadImageException;
import org.minigpt4j.image.BicubicResize;
import org.minigpt4j.image.ImageDecoder;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.random.RandomStreamId;

/** Decodes pictures and brings them to the model's size. Safe for use by many threads. */
final class PictureMaker {

    private final long seed;
    private final ImageDecoder decoder;
    private final ThreadLocal<BicubicResize> resize = ThreadLocal.withInitial(BicubicResize::new);

    PictureMaker(BatchSettings settings) {
        seed = settings.order().seed();
        decoder = new ImageDecoder(settings.work().maxPixels());
    }

    /**
     * A sample's pixels in a pass over its data set.
     *
     * @param file the picture as it lies on disk
     */
    byte[] pixels(SourceSettings source, int dataset, long sample, long pass, byte[] file)
            throws BadImageException {
        RandomStream crop = RandomStreamId.CROP.stream(seed, dataset, sample, pass);
        return source.images().apply(decoder.decode(file), crop, resize.get());
    }
}
