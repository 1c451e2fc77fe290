package org.minigpt4j.image;

import javax.imageio.stream.ImageInputStreamImpl;

/** An image stream over bytes in memory; the JDK's own would copy them into a cache first. */
final class ByteArrayImageInput extends ImageInputStreamImpl {

    private final byte[] bytes;

    ByteArrayImageInput(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read() {
        bitOffset = 0;
        return streamPos < bytes.length ? bytes[(int) streamPos++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
        bitOffset = 0;
        int count = (int) Math.min(length, bytes.length - streamPos);
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
