package org.minigpt4j.cli.screen;

import java.util.Locale;

/** Formats numbers of bytes for people. */
public final class ByteCount {
    private static final String UNITS = " kMGT";

    private ByteCount() {}

    /** Formats a number of bytes in powers of 1000, such as {@code 13.5 GB}. */
    public static String text(long bytes) {
        if (bytes < 1000) {
            return bytes + " bytes";
        }
        double value = bytes;
        int unit = 0;
        while (value >= 999.95 && unit < UNITS.length() - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %sB", value, UNITS.charAt(unit));
    }
}
