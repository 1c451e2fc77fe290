package org.minigpt4j.image;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;

/** The part of libtiff's C interface that we need; libtiff comes with Leptonica's library. */
interface LibTiff extends Library {

    /** {@code TIFFReadWriteProc}. */
    interface Transfer extends Callback {
        long invoke(Pointer file, Pointer buffer, long size);
    }

    /** {@code TIFFSeekProc}. */
    interface Seek extends Callback {
        long invoke(Pointer file, long offset, int whence);
    }

    /** {@code TIFFCloseProc}. */
    interface Close extends Callback {
        int invoke(Pointer file);
    }

    /** {@code TIFFSizeProc}. */
    interface Size extends Callback {
        long invoke(Pointer file);
    }

    /** {@code TIFFMapFileProc}. */
    interface MapFile extends Callback {
        int invoke(Pointer file, PointerByReference base, LongByReference size);
    }

    /** {@code TIFFUnmapFileProc}. */
    interface UnmapFile extends Callback {
        void invoke(Pointer file, Pointer base, long size);
    }

    /** {@code TIFFErrorHandlerExtR}; returns 1 to keep the default handler from printing. */
    interface Complaint extends Callback {
        int invoke(Pointer tiff, Pointer userData, Pointer module, Pointer format, Pointer values);
    }

    Pointer TIFFOpenOptionsAlloc();

    void TIFFOpenOptionsFree(Pointer options);

    void TIFFOpenOptionsSetErrorHandlerExtR(Pointer options, Complaint handler, Pointer userData);

    void TIFFOpenOptionsSetWarningHandlerExtR(Pointer options, Complaint handler, Pointer userData);

    Pointer TIFFClientOpenExt(
            String name,
            String mode,
            Pointer file,
            Transfer read,
            Transfer write,
            Seek seek,
            Close close,
            Size size,
            MapFile map,
            UnmapFile unmap,
            Pointer options);

    int TIFFSetField(Pointer tiff, int tag, Object... value);

    int TIFFReadFromUserBuffer(
            Pointer tiff, int strip, Pointer in, long inSize, Pointer out, long outSize);

    void TIFFClose(Pointer tiff);
}
