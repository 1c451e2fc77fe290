package org.minigpt4j.config.yaml;

import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

import java.util.regex.Pattern;

/**
 * The type of an unquoted YAML value by upstream's (OmegaConf's) rules: {@code 1e-4} and {@code 5.}
 * are numbers, {@code yes/no/on/off} are booleans, dates are text. Two traps of YAML 1.1 are
 * avoided: {@code 12:30} is text, not 750, and {@code 010} is text, not 8.
 */
final class PlainScalar extends Resolver {

    private static final Pattern NULL = Pattern.compile("|~|null|Null|NULL");
    private static final Pattern TRUE = Pattern.compile("true|True|TRUE|yes|Yes|YES|on|On|ON");
    private static final Pattern FALSE = Pattern.compile("false|False|FALSE|no|No|NO|off|Off|OFF");
    private static final Pattern INT = Pattern.compile("[-+]?(?:0|[1-9][0-9_]*)");
    private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]{1,15}");
    private static final Pattern FLOAT =
            Pattern.compile(
                    "[-+]?(?:[0-9][0-9_]*\\.[0-9_]*|\\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
                            + "|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+");
    private static final Pattern INFINITE = Pattern.compile("[-+]?\\.(?:inf|Inf|INF)");
    private static final Pattern NAN = Pattern.compile("\\.(?:nan|NaN|NAN)");

    /** Maximum length of a number; longer values stay text. */
    private static final int LONGEST = 400;

    /** The value of an unquoted text: null, Boolean, Long, Double, or the text itself. */
    static Object valueOf(String text) {
        if (text.length() > LONGEST) {
            return text;
        }
        if (matches(NULL, text)) {
            return null;
        }
        if (matches(TRUE, text) || matches(FALSE, text)) {
            return matches(TRUE, text);
        }
        if (matches(HEX, text)) {
            return Long.parseLong(text.substring(2), 16);
        }
        if (matches(INT, text)) {
            return integer(text.replace("_", ""));
        }
        if (matches(FLOAT, text)) {
            return Double.parseDouble(text.replace("_", ""));
        }
        if (matches(INFINITE, text)) {
            return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return matches(NAN, text) ? (Object) Double.NaN : text;
    }

    private static Number integer(String digits) {
        // Up to 18 digits always fit a long; longer numbers become a double, because no key needs
        // them.
        return digits.length() < 19 ? (Number) Long.parseLong(digits) : Double.parseDouble(digits);
    }

    private static boolean matches(Pattern pattern, String text) {
        return pattern.matcher(text).matches();
    }

    @Override
    public Tag resolve(NodeId kind, String value, boolean implicit) {
        if (kind != NodeId.scalar || !implicit) {
            return super.resolve(kind, value, false);
        }
        if (value.equals("<<")) {
            return Tag.MERGE;
        }
        return valueOf(value) instanceof String ? Tag.STR : PLAIN;
    }

    /** Marks a node whose value must be derived from its text. */
    static final Tag PLAIN = new Tag("tag:minigpt4j:plain");
}
