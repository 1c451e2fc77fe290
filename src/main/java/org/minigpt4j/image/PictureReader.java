package org.minigpt4j.image;

import org.minigpt4j.FailedException;
import org.minigpt4j.random.RandomStream;

/** Turns picture files into the model's pixels, like a worker of the loader. Serves one thread. */
public final class PictureReader {

    private final ImageDecoder decoder = new ImageDecoder(ImageDecoder.MAX_PIXELS);
    private final BicubicResize resize = new BicubicResize();
    private final ImageProcessor processor;

    /** Creates a reader that resizes to {@code imageSize} x {@code imageSize} pixels. */
    public PictureReader(int imageSize) {
        this.processor = ImageProcessor.resize(imageSize);
    }

    /**
     * Returns RGB bytes, row by row.
     *
     * @throws FailedException if the file cannot be decoded or has more pixels than training
     *     accepts
     */
    public byte[] read(byte[] file) {
        try {
            return processor.apply(decoder.decode(file), RandomStream.of(0), resize);
        } catch (BadImageException e) {
            throw new FailedException("cannot be decoded: %s".formatted(e.getMessage()), e);
        }
    }
}
