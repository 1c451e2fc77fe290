package org.minigpt4j.image;

import org.minigpt4j.FailedException;
import org.minigpt4j.random.RandomStream;

/** Picture files to the model's pixels, as a worker of the loader makes them: for one thread. */
public final class PictureReader {

    private final ImageDecoder decoder = new ImageDecoder(ImageDecoder.MAX_PIXELS);
    private final BicubicResize resize = new BicubicResize();
    private final ImageProcessor processor;

    /** Makes pictures of {@code imageSize} x {@code imageSize}. */
    public PictureReader(int imageSize) {
        this.processor = ImageProcessor.resize(imageSize);
    }

    /**
     * RGB bytes, row by row.
     *
     * @throws FailedException if it cannot be decoded, or has more pixels than training takes
     */
    public byte[] read(byte[] file) {
        try {
            return processor.apply(decoder.decode(file), RandomStream.of(0), resize);
        } catch (BadImageException e) {
            throw new FailedException("cannot be decoded: %s".formatted(e.getMessage()), e);
        }
    }
}
