package org.minigpt4j.image;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;

/** The part of libwebp's C interface that we need; libwebp comes with Leptonica's library. */
interface LibWebp extends Library {

    /** Returns 1 and sets the size if the header is complete. */
    int WebPGetInfo(byte[] file, long length, IntByReference width, IntByReference height);

    /** Decodes to {@code out} as RGBA; returns null if the file is damaged or animated. */
    Pointer WebPDecodeRGBAInto(byte[] file, long length, Pointer out, long size, int stride);
}
