package org.minigpt4j.image;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;

/** What is needed of libwebp, which Leptonica's library carries along; names and types are C's. */
interface LibWebp extends Library {

    /** 1, and the size, if the header is whole. */
    int WebPGetInfo(byte[] file, long length, IntByReference width, IntByReference height);

    /** Red, green, blue and alpha to {@code out}; null if the file is damaged or moves. */
    Pointer WebPDecodeRGBAInto(byte[] file, long length, Pointer out, long size, int stride);
}
