package org.minigpt4j.image;

import java.io.IOException;

import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * An image stream over bytes in memory; the JDK's own would copy them into a cache first. Its reads
 * are also where a decoder is stopped that does not look at anything while it works.
 */
final class ByteArrayImageInput extends ImageInputStreamImpl {

    private final byte[] bytes;
    private final Stops stops;
    private final int most;

    /** Gives at most so many bytes at a time, and looks at the stops each time. */
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
