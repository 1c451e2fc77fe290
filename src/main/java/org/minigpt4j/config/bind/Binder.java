package org.minigpt4j.config.bind;

import org.minigpt4j.config.yaml.Problems;
import org.minigpt4j.config.yaml.Tree;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Creates records from a tree. Every mistake is noted and binding continues, so that one pass finds
 * all of them. A value with a mistake is replaced by its default or another valid value, so that
 * {@link Checked} sections always see complete records. These replacements are never used
 * otherwise, because loading fails after a mistake.
 */
public final class Binder {

    private final Problems problems;
    private final Scalars scalars;
    private Catalog catalog;

    public Binder(Problems problems) {
        this.problems = problems;
        this.scalars = new Scalars(problems);
    }

    /** Creates the record of a whole file. Do not use it if there were mistakes. */
    public <T extends Record> T bind(Class<T> root, Tree.Mapping tree) {
        catalog = Catalog.of(root);
        return section(root, new Spot(tree.origin(), ""), tree);
    }

    /** The files and folders that were bound, by key; a key with a list has several. */
    public Map<String, List<String>> paths() {
        return scalars.paths();
    }

    private <T extends Record> T section(Class<T> type, Spot spot, Tree.Mapping tree) {
        Map<String, KeySpec> known = KeySpec.of(type);
        rejectUnknown(type, known.keySet(), spot, tree);
        Object[] values =
                known.values().stream()
                        .map(spec -> component(spec, spot.below(spec.name(), tree), tree))
                        .toArray();
        T section = construct(type, values);
        if (section instanceof Checked checked) {
            checked.check(new SectionProblems(spot, tree, problems));
        }
        return section;
    }

    private Object component(KeySpec spec, Spot spot, Tree.Mapping section) {
        Object value = componentValue(spec, spot, section.get(spec.name()));
        return value == null ? standIn(spec, spot) : value;
    }

    /** The replacement for a value with a mistake; null for types that no rule uses. */
    private static Object standIn(KeySpec spec, Spot spot) {
        Class<?> type = Types.raw(spec.type());
        if (type == Optional.class) {
            return Optional.empty();
        }
        if (type == Map.class) {
            return Map.of();
        }
        if (type == List.class) {
            return List.of();
        }
        var unheard = new Binder(new Problems());
        if (Types.isSection(type)) {
            unheard.catalog = new Catalog(List.of());
            var nothing = new Tree.Mapping(spot.origin(), Map.of());
            return unheard.section(Types.section(type), spot, nothing);
        }
        return spec.defaultValue(spot.origin())
                .map(tree -> unheard.scalars.value(spec, type, spot, tree))
                .orElseGet(() -> anyOf(type));
    }

    private static Object anyOf(Class<?> type) {
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        return Map.<Class<?>, Object>of(
                        int.class,
                        1,
                        long.class,
                        1L,
                        double.class,
                        1.0,
                        boolean.class,
                        false,
                        String.class,
                        "",
                        Path.class,
                        Path.of(""))
                .get(type);
    }

    private Object componentValue(KeySpec spec, Spot spot, Tree tree) {
        if (Types.isOptional(spec.type())) {
            return isNothing(spec, tree)
                    ? Optional.empty()
                    : present(value(spec, Types.element(spec.type()), spot, tree));
        }
        // For a missing inner section, report its missing keys, because those messages say what to
        // write.
        boolean inner = Types.isSection(spec.type()) && spot.key().contains(".");
        if (tree == null && spec.isRequired() && !inner) {
            String what = "is missing; " + whatToGive(spec);
            if (spec.exists().isPresent()) {
                problems.addAbsent(spot.origin(), spot.key(), what);
            } else {
                problems.add(spot.origin(), spot.key(), what);
            }
            return null;
        }
        Tree given = tree == null ? spec.defaultValue(spot.origin()).orElse(null) : tree;
        return value(spec, spec.type(), spot, given);
    }

    private static Object present(Object value) {
        return value == null ? null : Optional.of(value);
    }

    private static String whatToGive(KeySpec spec) {
        return spec.exists()
                .map(Exists::howToGet)
                .orElse("give " + spec.expectation() + " (" + spec.key().doc() + ")");
    }

    /** Null, or empty text for a path: upstream uses both for "none". */
    private static boolean isNothing(KeySpec spec, Tree tree) {
        return tree == null
                || tree.isNull()
                || spec.exists().isPresent() && "".equals(tree.plain());
    }

    private Object value(KeySpec spec, Type type, Spot spot, Tree tree) {
        Class<?> raw = Types.raw(type);
        if (raw == Map.class) {
            return map(spec, type, spot, tree);
        }
        if (raw == List.class) {
            return list(spec, type, spot, tree);
        }
        if (Types.isSection(raw)) {
            Tree.Mapping section = asSection(spec, spot, tree);
            return section == null ? null : section(Types.section(raw), spot, section);
        }
        return scalars.value(spec, raw, spot, tree);
    }

    /** Returns a section; a missing or empty one ({@code vit:}) has only defaults. */
    private Tree.Mapping asSection(KeySpec spec, Spot spot, Tree tree) {
        if (tree == null || tree.isNull()) {
            return new Tree.Mapping(spot.origin(), Map.of());
        }
        if (tree instanceof Tree.Mapping mapping) {
            return mapping;
        }
        problems.add(
                spot.origin(),
                spot.key(),
                "is " + tree.description() + "; give " + spec.expectation());
        return null;
    }

    private Map<String, Object> map(KeySpec spec, Type type, Spot spot, Tree tree) {
        Tree.Mapping mapping = asSection(spec, spot, tree);
        if (mapping == null) {
            return null;
        }
        if (mapping.entries().isEmpty()) {
            problems.add(
                    spot.origin(),
                    spot.key(),
                    "is empty; give at least one, each with its own section");
        }
        var values = new LinkedHashMap<String, Object>();
        mapping.entries()
                .forEach(
                        (name, entry) ->
                                values.put(
                                        name,
                                        value(
                                                spec,
                                                Types.element(type),
                                                spot.below(name, mapping),
                                                entry)));
        return values.containsValue(null) ? null : Collections.unmodifiableMap(values);
    }

    /** Returns a list; a single value counts as a list of one. */
    private List<Object> list(KeySpec spec, Type type, Spot spot, Tree tree) {
        List<Tree> items = tree instanceof Tree.Sequence list ? list.items() : List.of(tree);
        if (items.isEmpty() && (spec.oneOf().isPresent() || spec.exists().isPresent())) {
            problems.add(spot.origin(), spot.key(), "is an empty list; give " + spec.expectation());
        }
        var values = new ArrayList<Object>();
        for (Tree item : items) {
            values.add(scalars.value(spec, Types.raw(Types.element(type)), spot.at(item), item));
        }
        return values.contains(null) ? null : List.copyOf(values);
    }

    private void rejectUnknown(
            Class<? extends Record> type, Set<String> known, Spot spot, Tree.Mapping tree) {
        var accepted = new LinkedHashSet<>(known);
        Optional.ofNullable(type.getAnnotation(AlsoAccepts.class))
                .ifPresent(also -> accepted.addAll(KeySpec.of(also.value()).keySet()));
        for (String name : tree.entries().keySet()) {
            if (!accepted.contains(name)) {
                Spot unknown = spot.below(name, tree);
                problems.add(
                        unknown.origin(),
                        unknown.key(),
                        "is not a known key; " + suggestion(name, accepted, spot));
            }
        }
    }

    private String suggestion(String name, Set<String> known, Spot spot) {
        var candidates = new ArrayList<String>();
        Nearest.to(name, known).forEach(near -> candidates.add(spot.child(near)));
        if (candidates.isEmpty()) {
            candidates.addAll(catalog.pathsOf(name));
        }
        return candidates.isEmpty()
                ? "remove it (docs/configuration.md lists the keys)"
                : "did you mean " + String.join(" or ", candidates) + "?";
    }

    private static <T extends Record> T construct(Class<T> type, Object[] values) {
        try {
            Class<?>[] types =
                    Arrays.stream(type.getRecordComponents())
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new);
            Constructor<T> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true); // the records may be private
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("cannot make " + type, e);
        }
    }
}
