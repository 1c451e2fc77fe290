package org.minigpt4j.config.bind;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The types that a key may have: values, enums, sections, and Optional, List and Map of them. */
public final class Types {

    private Types() {}

    public static Class<?> raw(Type type) {
        return type instanceof ParameterizedType generic
                ? (Class<?>) generic.getRawType()
                : (Class<?>) type;
    }

    /** The element type of an Optional or List, or the value type of a Map. */
    static Type element(Type type) {
        Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
        return arguments[arguments.length - 1];
    }

    static boolean isOptional(Type type) {
        return raw(type) == Optional.class;
    }

    static boolean isSection(Type type) {
        return raw(type).isRecord() && !raw(type).isAnnotationPresent(WrittenAs.class);
    }

    /** The element type of an Optional, a List or a Map, at any depth, or the type itself. */
    public static Type innermost(Type type) {
        return type instanceof ParameterizedType ? innermost(element(type)) : type;
    }

    static Class<? extends Record> section(Type type) {
        return raw(type).asSubclass(Record.class);
    }

    /** Describes a value of the type to the user; for a list, one of its items. */
    static String describe(Type type) {
        Class<?> raw = raw(type);
        if (raw == List.class) {
            return describe(element(type));
        }
        if (raw == int.class || raw == long.class || raw == Integer.class) {
            return "a whole number";
        }
        if (raw == double.class || raw == Double.class) {
            return "a number";
        }
        if (raw == boolean.class) {
            return "True or False";
        }
        if (raw == String.class) {
            return "text";
        }
        if (raw == Path.class) {
            return "a path";
        }
        if (raw.isAnnotationPresent(WrittenAs.class)) {
            return raw.getAnnotation(WrittenAs.class).value();
        }
        return raw.isEnum() ? oneOf(KeySpec.constants(raw)) : "a section";
    }

    static String oneOf(List<String> values) {
        return values.size() == 1 ? values.get(0) : "one of " + String.join(", ", values);
    }
}
