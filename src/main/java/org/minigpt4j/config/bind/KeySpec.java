package org.minigpt4j.config.bind;

import org.minigpt4j.config.yaml.Origin;
import org.minigpt4j.config.yaml.Problems;
import org.minigpt4j.config.yaml.Tree;
import org.minigpt4j.config.yaml.YamlTree;

import java.lang.annotation.Annotation;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The properties of a key, from its record component. */
public record KeySpec(
        String name,
        Type type,
        Key key,
        Optional<Range> range,
        Optional<OneOf> oneOf,
        Optional<Exists> exists) {

    /** Reflection takes longer than all else in binding, and its results never change. */
    private static final ClassValue<Map<String, KeySpec>> SPECS =
            new ClassValue<>() {
                @Override
                protected Map<String, KeySpec> computeValue(Class<?> section) {
                    return read(section.asSubclass(Record.class));
                }
            };

    /** The keys of a section by name, in the order of the record. */
    public static Map<String, KeySpec> of(Class<? extends Record> section) {
        return SPECS.get(section);
    }

    private static Map<String, KeySpec> read(Class<? extends Record> section) {
        var specs = new LinkedHashMap<String, KeySpec>();
        for (RecordComponent component : section.getRecordComponents()) {
            KeySpec spec = of(component);
            specs.put(spec.name(), spec);
        }
        return Collections.unmodifiableMap(specs);
    }

    private static KeySpec of(RecordComponent component) {
        SameKeyAs same = component.getAnnotation(SameKeyAs.class);
        if (same != null) {
            return of(same.value()).get(snakeCase(component.getName()));
        }
        Key key = component.getAnnotation(Key.class);
        return new KeySpec(
                key.name().isEmpty() ? snakeCase(component.getName()) : key.name(),
                component.getGenericType(),
                key,
                annotation(component, Range.class),
                annotation(component, OneOf.class),
                annotation(component, Exists.class));
    }

    private static <A extends Annotation> Optional<A> annotation(
            RecordComponent component, Class<A> type) {
        return Optional.ofNullable(component.getAnnotation(type));
    }

    /** Converts {@code initLr} to {@code init_lr}. */
    static String snakeCase(String camelCase) {
        return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** The default as a tree, if the key has one. */
    public Optional<Tree> defaultValue(Origin origin) {
        return Arrays.stream(key.byDefault())
                .findFirst()
                .map(
                        text ->
                                type == String.class
                                        ? new Tree.Scalar(origin, text)
                                        : YamlTree.option(text, origin, new Problems()));
    }

    /** True if the key must be set. */
    boolean isRequired() {
        if (key.byDefault().length > 0 || Types.isOptional(type)) {
            return false;
        }
        return !Types.isSection(type)
                || of(Types.section(type)).values().stream().anyMatch(KeySpec::isRequired);
    }

    /** Describes valid values, as the end of "give ...". */
    String expectation() {
        Type given = Types.isOptional(type) ? Types.element(type) : type;
        String one =
                oneOf.map(allowed -> Types.oneOf(List.of(allowed.value())))
                        .orElseGet(() -> Types.describe(given));
        String what = Types.raw(type) == List.class ? "a list of " + one : one;
        return what
                + range.map(KeySpec::describe).orElse("")
                + (Types.isOptional(type) ? ", or null" : "");
    }

    private static String describe(Range range) {
        var limits = new ArrayList<String>();
        if (range.above() > Double.NEGATIVE_INFINITY) {
            limits.add("above " + number(range.above()));
        }
        if (range.min() > Double.NEGATIVE_INFINITY) {
            limits.add("of at least " + number(range.min()));
        }
        if (range.max() < Double.POSITIVE_INFINITY) {
            limits.add("at most " + number(range.max()));
        }
        if (range.below() < Double.POSITIVE_INFINITY) {
            limits.add("below " + number(range.below()));
        }
        return " " + String.join(" and ", limits);
    }

    private static String number(double limit) {
        return BigDecimal.valueOf(limit).stripTrailingZeros().toPlainString();
    }

    /** The names of an enum's constants in a file. */
    static List<String> constants(Class<?> enumType) {
        return Arrays.stream(enumType.getEnumConstants())
                .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
