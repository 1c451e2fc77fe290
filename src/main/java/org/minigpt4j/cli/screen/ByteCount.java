package org.minigpt4j.cli.screen;

import java.util.Locale;

/** Numbers of bytes as people say them. */
public final class ByteCount {
    private static final String UNITS = " kMGT";

    private ByteCount() {}

    /** Such as {@code 13.5 GB}, in powers of 1000. */
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
