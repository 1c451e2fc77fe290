package org.minigpt4j.data;

import org.minigpt4j.image.BadImageException;
import org.minigpt4j.image.BicubicResize;
import org.minigpt4j.image.ImageDecoder;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.random.RandomStreamId;

/** Decodes pictures and resizes them for the model. Safe for use by many threads. */
final class PictureMaker {

    private final long seed;
    private final ImageDecoder decoder;
    private final ThreadLocal<BicubicResize> resize = ThreadLocal.withInitial(BicubicResize::new);

    PictureMaker(BatchSettings settings) {
        seed = settings.order().seed();
        decoder = new ImageDecoder(settings.work().maxPixels());
    }

    /**
     * Returns a sample's pixels in one pass over its data set.
     *
     * @param file the encoded picture file
     */
    byte[] pixels(SourceSettings source, int dataset, long sample, long pass, byte[] file)
            throws BadImageException {
        RandomStream crop = RandomStreamId.CROP.stream(seed, dataset, sample, pass);
        return source.images().apply(decoder.decode(file), crop, resize.get());
    }
}
