package org.minigpt4j.data.sample;

import org.minigpt4j.image.BadImageException;

/** Thrown if one sample is unusable; other samples can still be read. */
public final class BadSampleException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final Fault fault;

    public BadSampleException(Fault fault, String detail) {
        this("", fault, detail, null);
    }

    public BadSampleException(Fault fault, String detail, Throwable cause) {
        this("", fault, detail, cause);
    }

    private BadSampleException(String key, Fault fault, String detail, Throwable cause) {
        super(detail, cause);
        this.key = key;
        this.fault = fault;
    }

    /** For a sample whose picture cannot be used. */
    public static BadSampleException of(BadImageException image) {
        Fault fault =
                switch (image.fault()) {
                    case EMPTY -> Fault.EMPTY_IMAGE;
                    case BROKEN -> Fault.BROKEN_IMAGE;
                    case TOO_MANY_PIXELS -> Fault.TOO_MANY_PIXELS;
                    case TOO_COMPLEX -> Fault.TOO_COMPLEX;
                };
        return new BadSampleException(fault, image.getMessage(), image);
    }

    /** The same exception with the sample's key. */
    public BadSampleException withKey(String sample) {
        return new BadSampleException(sample, fault, getMessage(), this);
    }

    /** The sample's key; empty where only a part of the sample is known. */
    public String key() {
        return key;
    }

    /** Why the sample is unusable. */
    public Fault fault() {
        return fault;
    }
}
