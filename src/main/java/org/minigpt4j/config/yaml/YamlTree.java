package org.minigpt4j.config.yaml;

import org.minigpt4j.UsageException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/** Parses YAML text into a {@link Tree}. The result contains only maps, lists and plain values. */
public final class YamlTree {

    /**
     * Maximum size of a file in bytes; the largest of ours has 3,000. SnakeYAML's time for one
     * unquoted value grows with the square of its length.
     */
    private static final int LARGEST = 256 << 10;

    /** Maximum number of values in a file, including those repeated by aliases. */
    private static final int MOST_VALUES = 50_000;

    private static final int LONGEST_PROBLEM = 400;

    private final IntFunction<Origin> origins;
    private final Problems problems;
    private int values;
    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());

    private YamlTree(IntFunction<Origin> origins, Problems problems) {
        this.origins = origins;
        this.problems = problems;
    }

    /** Parses the sections of a file; an empty file has none. */
    public static Tree.Mapping file(Path file, Problems problems) {
        return sections(text(file), line -> Origin.file(file.toString(), line), problems);
    }

    /** Parses the sections of a built-in file. */
    public static Tree.Mapping builtIn(String name) {
        try (InputStream in = YamlTree.class.getResourceAsStream(name)) {
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            var problems = new Problems();
            var sections = sections(text, line -> Origin.builtIn(name, line), problems);
            problems.throwIfAny();
            return sections;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Parses the value of an option, typed as in a file. A value that starts with a bracket, a
     * brace or a quote is YAML. Anything else is one unquoted value up to its end, so that {@code
     * #} and {@code :} need no quotes.
     */
    public static Tree option(String text, Origin origin, Problems problems) {
        String stripped = text.strip();
        if (!stripped.isEmpty() && "[{\"'".indexOf(stripped.charAt(0)) >= 0) {
            return new YamlTree(line -> origin, problems).compose(stripped);
        }
        Object value = PlainScalar.valueOf(stripped);
        return new Tree.Scalar(origin, value instanceof String ? text : value);
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new UsageException(
                        "%s: is larger than %,d bytes, too large for a configuration"
                                .formatted(file, LARGEST));
            }
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (NoSuchFileException e) {
            String from = file.isAbsolute() ? "" : " in " + Path.of("").toAbsolutePath();
            throw new UsageException(
                    "%s: there is no such configuration file%s".formatted(file, from), e);
        } catch (CharacterCodingException e) {
            throw new UsageException(file + ": is not UTF-8 text; save it as UTF-8", e);
        } catch (IOException e) {
            throw new UsageException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static Tree.Mapping sections(
            String text, IntFunction<Origin> origins, Problems problems) {
        Tree tree = new YamlTree(origins, problems).compose(text);
        if (tree instanceof Tree.Mapping sections) {
            return sections;
        }
        if (!tree.isNull()) {
            problems.add(
                    tree.origin(),
                    "",
                    "the file holds "
                            + tree.description()
                            + "; expected the sections run, model and datasets");
        }
        return new Tree.Mapping(tree.origin(), Map.of());
    }

    private Tree compose(String text) {
        var options = new LoaderOptions();
        var parser = new ParserImpl(new StreamReader(text), options);
        try {
            Node root = new Composer(parser, new PlainScalar(), options).getSingleNode();
            return root == null ? new Tree.Scalar(origins.apply(1), null) : tree(root, at(root));
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
            String problem = e.getProblem() == null ? e.getContext() : e.getProblem();
            throw syntax(origins.apply(mark.getLine() + 1), problem, e);
        } catch (YAMLException e) {
            throw syntax(origins.apply(1), e.getMessage(), e);
        }
    }

    private static UsageException syntax(Origin origin, String problem, Exception cause) {
        // The parser's message may quote the whole file, including harmful characters.
        String told =
                problem != null && problem.length() > LONGEST_PROBLEM
                        ? problem.substring(0, LONGEST_PROBLEM) + " ..."
                        : problem;
        return new UsageException(
                "%s: this is not YAML: %s"
                        .formatted(origin, ("" + told).replaceAll("[\\p{Cntrl}&&[^\n]]", "?")),
                cause);
    }

    private Origin at(Node node) {
        return origins.apply(node.getStartMark().getLine() + 1);
    }

    private Tree tree(Node node, Origin origin) {
        if (++values > MOST_VALUES) {
            throw new UsageException(
                    "%s: there are more than %,d values, including those repeated by aliases; write fewer"
                            .formatted(origin, MOST_VALUES));
        }
        if (!open.add(node)) {
            throw new UsageException(origin + ": an alias contains itself; write the value out");
        }
        try {
            if (node instanceof MappingNode mapping) {
                checkTag(node, Tag.MAP);
                return mapping(mapping, origin);
            }
            if (node instanceof SequenceNode sequence) {
                checkTag(node, Tag.SEQ);
                var items = new ArrayList<Tree>();
                sequence.getValue().forEach(item -> items.add(tree(item, at(item))));
                return new Tree.Sequence(origin, items);
            }
            return scalar((ScalarNode) node, origin);
        } finally {
            open.remove(node);
        }
    }

    private Tree.Mapping mapping(MappingNode node, Origin origin) {
        var entries = new LinkedHashMap<String, Tree>();
        var inherited = new LinkedHashMap<String, Tree>();
        var seen = new HashSet<String>();
        for (NodeTuple tuple : node.getValue()) {
            Origin at = at(tuple.getKeyNode());
            Tree value = tree(tuple.getValueNode(), at);
            if (Tag.MERGE.equals(tuple.getKeyNode().getTag())) {
                inherit(value, inherited);
                continue;
            }
            String key = key(tuple.getKeyNode(), at);
            if (!seen.add(key)) {
                problems.add(at, key, "is written twice in this section; keep one");
            }
            entries.put(key, value);
        }
        inherited.forEach(entries::putIfAbsent);
        return new Tree.Mapping(origin, entries);
    }

    /**
     * YAML's {@code <<: *anchor}: entries that are used unless they are set here; the first one
     * wins.
     */
    private void inherit(Tree value, Map<String, Tree> inherited) {
        List<Tree> sources = value instanceof Tree.Sequence list ? list.items() : List.of(value);
        for (Tree source : sources) {
            if (source instanceof Tree.Mapping mapping) {
                mapping.entries().forEach(inherited::putIfAbsent);
            } else {
                problems.add(
                        source.origin(), "<<", "merges " + source.description() + "; name a map");
            }
        }
    }

    private static String key(Node node, Origin origin) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw new UsageException(origin + ": a key is a map or a list; write a name");
    }

    private Tree.Scalar scalar(ScalarNode node, Origin origin) {
        if (PlainScalar.PLAIN.equals(node.getTag())) {
            return new Tree.Scalar(origin, PlainScalar.valueOf(node.getValue()));
        }
        checkTag(node, Tag.STR);
        return new Tree.Scalar(origin, node.getValue());
    }

    private void checkTag(Node node, Tag expected) {
        if (!expected.equals(node.getTag()) && !Tag.MERGE.equals(node.getTag())) {
            problems.add(at(node), "", "the tag " + node.getTag() + " is not supported; remove it");
        }
    }
}
