package org.minigpt4j.config.bind;

import org.minigpt4j.config.yaml.Problems;
import org.minigpt4j.config.yaml.Tree;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Converts one value of a file to the Java type of its key, or reports why it cannot. */
final class Scalars {

    private final Problems problems;
    private final Map<String, List<String>> paths = new LinkedHashMap<>();

    Scalars(Problems problems) {
        this.problems = problems;
    }

    /** The converted value; null after a mistake. */
    Object value(KeySpec spec, Class<?> type, Spot spot, Tree tree) {
        Object value = typed(type, tree);
        Optional<String> complaint = Optional.empty();
        if (value instanceof String text && text.indexOf('\0') >= 0) {
            complaint = Optional.of("holds a NUL character (\\0); remove it");
        } else if (value instanceof String text && isPath(spec, type)) {
            try {
                String expanded = HomeFolder.expand(text);
                Objects.requireNonNull(Path.of(expanded), "throws InvalidPathException, see below");
                value = expanded;
            } catch (InvalidPathException e) {
                complaint = Optional.of("is not a valid path: " + e.getReason());
            } catch (IllegalArgumentException e) {
                complaint = Optional.of(e.getMessage());
            }
        }
        if (complaint.isEmpty()) {
            complaint =
                    value == null ? Optional.of(wrongType(spec, tree)) : unfit(spec, value, tree);
        }
        complaint.ifPresent(what -> problems.add(spot.origin(), spot.key(), what));
        boolean wrong = complaint.isPresent();
        if (!wrong && spec.exists().isPresent()) {
            wrong =
                    LocalPath.complaint((String) value, spec.exists().get())
                            .filter(what -> problems.addAbsent(spot.origin(), spot.key(), what))
                            .isPresent();
        }
        if (wrong) {
            return null;
        }
        if (value instanceof String text && isPath(spec, type)) {
            paths.computeIfAbsent(spot.key(), key -> new ArrayList<>()).add(text);
        }
        return type == Path.class ? Path.of((String) value) : value;
    }

    /** All paths so far by key, in the form in which they will be used. */
    Map<String, List<String>> paths() {
        return paths;
    }

    private static boolean isPath(KeySpec spec, Class<?> type) {
        return type == Path.class || spec.exists().isPresent() || spec.key().path();
    }

    private static Object typed(Class<?> type, Tree tree) {
        Object plain = tree instanceof Tree.Scalar scalar ? scalar.value() : null;
        if (type == int.class || type == Integer.class || type == long.class) {
            return plain instanceof Number number ? whole(type, number) : null;
        }
        if (type == double.class || type == Double.class) {
            return plain instanceof Number number && Double.isFinite(number.doubleValue())
                    ? (Object) number.doubleValue()
                    : null;
        }
        if (type == boolean.class) {
            return plain instanceof Boolean ? plain : null;
        }
        if (type.isAnnotationPresent(WrittenAs.class)) {
            return reader(type).read(plain).orElse(null);
        }
        if (!(plain instanceof String text) || text.contains("${")) {
            return null;
        }
        if (type.isEnum()) {
            int ordinal = KeySpec.constants(type).indexOf(text);
            return ordinal < 0 ? null : type.getEnumConstants()[ordinal];
        }
        return text; // becomes a Path after it has been checked
    }

    private static WrittenAs.Reader reader(Class<?> type) {
        try {
            return type.getAnnotation(WrittenAs.class)
                    .reader()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " names a reader that cannot be made", e);
        }
    }

    /** Accepts {@code 5000}, {@code 5e3} and {@code 5000.0} as the same integer. */
    private static Number whole(Class<?> type, Number number) {
        long value = number.longValue();
        if (value != number.doubleValue()) {
            return null;
        }
        if (type == long.class) {
            return value;
        }
        return value == (int) value ? (Number) (int) value : null;
    }

    private static String wrongType(KeySpec spec, Tree tree) {
        String what = "is " + tree.description() + "; give " + spec.expectation();
        boolean textWanted = Types.innermost(spec.type()) == String.class;
        if (tree.plain() instanceof String text && text.contains("${")) {
            return "is " + tree.description() + "; write the value out, ${...} is not resolved";
        }
        if (tree.isNull() && spec.key().byDefault().length > 0) {
            return what + ", or leave the key out";
        }
        return textWanted && tree instanceof Tree.Scalar && !tree.isNull()
                ? what + ", in quotes"
                : what;
    }

    private static Optional<String> unfit(KeySpec spec, Object value, Tree tree) {
        if (spec.oneOf().isPresent() && !isAllowed(spec.oneOf().get(), value)) {
            String why = spec.oneOf().get().otherwise();
            return Optional.of(
                    "is " + tree.description() + "; give " + spec.expectation() + ": " + why);
        }
        if (spec.range().isPresent() && !isWithin(spec.range().get(), (Number) value)) {
            return Optional.of("is " + tree.description() + "; give " + spec.expectation());
        }
        return Optional.empty();
    }

    private static boolean isAllowed(OneOf oneOf, Object value) {
        String text = value.toString();
        return value instanceof Boolean
                ? oneOf.value()[0].toLowerCase(Locale.ROOT).equals(text)
                : List.of(oneOf.value()).contains(text);
    }

    private static boolean isWithin(Range range, Number number) {
        double value = number.doubleValue();
        return value > range.above()
                && value >= range.min()
                && value <= range.max()
                && value < range.below();
    }
}
