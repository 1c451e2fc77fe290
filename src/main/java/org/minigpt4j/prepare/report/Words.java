package org.minigpt4j.prepare.report;

import java.time.Duration;
import java.util.Locale;

/** Numbers with their units, as a person reads them; the same in every locale. */
final class Words {

    private static final String[] BYTES = {"B", "kB", "MB", "GB", "TB", "PB"};

    private Words() {}

    /** {@code 1,234,567}. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** {@code 12.3 %} of a whole; {@code < 0.1 %} rather than nothing. */
    static String share(long part, long whole) {
        if (whole == 0 || part == 0) {
            return "0 %";
        }
        double percent = 100.0 * part / whole;
        if (percent < 0.1) {
            return "< 0.1 %";
        }
        return part < whole && percent > 99.9
                ? "> 99.9 %"
                : String.format(Locale.ROOT, "%.1f %%", percent);
    }

    /** {@code 1.2 GB}, powers of 1,000. */
    static String bytes(double bytes) {
        int unit = 0;
        double value = bytes;
        while (value >= 999.5 && unit < BYTES.length - 1) {
            value /= 1000;
            unit++;
        }
        boolean whole = unit == 0 || value >= 100;
        return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, BYTES[unit]);
    }

    /** {@code 2 d 3 h}, {@code 2 h 3 min}, {@code 3 min 4 s} or {@code 4.5 s}. */
    static String duration(Duration time) {
        if (time.toMinutes() == 0) {
            return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
        }
        if (time.toHours() == 0) {
            return time.toMinutes() + " min " + time.toSecondsPart() + " s";
        }
        return time.toDays() == 0
                ? time.toHours() + " h " + time.toMinutesPart() + " min"
                : time.toDays() + " d " + time.toHoursPart() + " h";
    }

    /** One decimal below ten, none above. */
    static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
    }

    /** A ratio given by its logarithm to base 2: {@code 3 : 2} as {@code 1.50 : 1}. */
    static String ratio(double log2) {
        double ratio = Math.pow(2, Math.abs(log2));
        String larger =
                Math.abs(ratio - Math.rint(ratio)) < 0.005
                        ? String.format(Locale.ROOT, "%.0f", ratio)
                        : String.format(Locale.ROOT, "%.2f", ratio);
        return log2 >= 0 ? larger + " : 1" : "1 : " + larger;
    }
}
