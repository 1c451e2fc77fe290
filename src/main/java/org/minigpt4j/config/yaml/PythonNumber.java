package org.minigpt4j.config.yaml;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Formats numbers like Python's {@code repr}: {@code 0.0001}, {@code 1e-06}, {@code 5.0}. */
final class PythonNumber {

    private PythonNumber() {}

    static String format(Number number) {
        return number instanceof Double d ? format(d.doubleValue()) : number.toString();
    }

    private static String format(double value) {
        if (!Double.isFinite(value)) {
            return Double.toString(value); // NaN, Infinity: json.dumps writes the same words
        }
        BigDecimal shortest = shortest(value).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (value == 0 || exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = shortest.unscaledValue().abs().toString();
        String sign = value < 0 ? "-" : "";
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        return String.format(
                Locale.ROOT,
                "%s%c%se%s%02d",
                sign,
                digits.charAt(0),
                fraction,
                exponent < 0 ? "-" : "+",
                Math.abs(exponent));
    }

    /** The shortest decimal that reads back as the same double. */
    private static BigDecimal shortest(double value) {
        var exact = new BigDecimal(value);
        for (int digits = 1; digits < 17; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                return rounded;
            }
        }
        return exact.round(new MathContext(17));
    }
}
