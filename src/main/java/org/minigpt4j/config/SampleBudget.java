package org.minigpt4j.config;

import org.minigpt4j.config.bind.WrittenAs;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many samples to prepare ({@code prepare.budget}): a number, or all. */
@WrittenAs(
        value = "a number of samples such as 5200000 or 5.2M, or all",
        reader = SampleBudget.Reader.class)
public record SampleBudget(long samples) {

    private static final Pattern COUNT = Pattern.compile("(\\d+(?:\\.\\d+)?)([kKM]?)");

    /** All samples in the lists. */
    public static final SampleBudget ALL = new SampleBudget(Long.MAX_VALUE);

    /** True if no sample is left out. */
    public boolean isAll() {
        return samples == Long.MAX_VALUE;
    }

    /**
     * Parses {@code 5200000}, {@code 5.2M}, {@code 300k} or {@code all}; empty if it is something
     * else.
     */
    public static Optional<SampleBudget> parse(Object value) {
        String text = String.valueOf(value);
        if (text.equals("all")) {
            return Optional.of(ALL);
        }
        // In a file, 5e6 is already a number here.
        String plain =
                value instanceof Number number && Double.isFinite(number.doubleValue())
                        ? new BigDecimal(text).stripTrailingZeros().toPlainString()
                        : text;
        Matcher count = COUNT.matcher(plain);
        if (!count.matches()) {
            return Optional.empty();
        }
        int zeros =
                switch (count.group(2)) {
                    case "k", "K" -> 3;
                    case "M" -> 6;
                    default -> 0;
                };
        try {
            long samples = new BigDecimal(count.group(1)).scaleByPowerOfTen(zeros).longValueExact();
            return samples > 0 && samples < Long.MAX_VALUE
                    ? Optional.of(new SampleBudget(samples))
                    : Optional.empty();
        } catch (ArithmeticException fraction) {
            return Optional.empty();
        }
    }

    /** Reads the value in a file; booleans are not accepted as numbers. */
    public static final class Reader implements WrittenAs.Reader {

        /** Creates a reader. */
        public Reader() {}

        @Override
        public Optional<SampleBudget> read(Object plain) {
            return plain instanceof Boolean ? Optional.empty() : parse(plain);
        }
    }

    @Override
    public String toString() {
        return isAll() ? "all" : Long.toString(samples);
    }
}
