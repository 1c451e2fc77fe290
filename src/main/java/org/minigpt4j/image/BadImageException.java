package org.minigpt4j.image;

/** Thrown if a picture file cannot be used; the message says only why. */
public final class BadImageException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ImageFault fault;

    BadImageException(ImageFault fault, String detail) {
        this(fault, detail, null);
    }

    BadImageException(ImageFault fault, String detail, Throwable cause) {
        super(detail, cause);
        this.fault = fault;
    }

    /** The kind of fault. */
    public ImageFault fault() {
        return fault;
    }
}
