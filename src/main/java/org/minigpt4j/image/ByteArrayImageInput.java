package org.minigpt4j.image;

import java.io.IOException;

import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * An image stream over a byte array; unlike the JDK's, it does not copy the bytes into a cache.
 * Some decoders never check for interrupts, so each read checks whether to stop.
 */
final class ByteArrayImageInput extends ImageInputStreamImpl {

    private final byte[] bytes;
    private final Stops stops;
    private final int most;

    /** Returns at most {@code most} bytes per read and checks {@code stops} each time. */
    ByteArrayImageInput(byte[] bytes, Stops stops, int most) {
        this.bytes = bytes;
        this.stops = stops;
        this.most = most;
    }

    @Override
    public int read() {
        bitOffset = 0;
        return streamPos < bytes.length ? bytes[(int) streamPos++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        bitOffset = 0;
        try {
            stops.check();
        } catch (BadImageException e) {
            throw new IIOException(e.getMessage(), e);
        }
        int count = (int) Math.min(Math.min(length, most), bytes.length - streamPos);
        if (count <= 0) {
            return length == 0 ? 0 : -1;
        }
        System.arraycopy(bytes, (int) streamPos, to, offset, count);
        streamPos += count;
        return count;
    }

    @Override
    public long length() {
        return bytes.length;
    }
}
