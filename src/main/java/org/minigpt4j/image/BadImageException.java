package org.minigpt4j.image;

/** A picture file cannot be used; the message says why, and no more. */
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

    /** What is wrong with it. */
    public ImageFault fault() {
        return fault;
    }
}
