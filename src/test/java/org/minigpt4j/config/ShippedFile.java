package org.minigpt4j.config;

import org.minigpt4j.config.bind.Catalog;
import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.KeySpec;
import org.minigpt4j.config.bind.LocalPath;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A YAML file of the repository, to be changed in one place and loaded as its command does. */
record ShippedFile(Path file, String text) {

    /** A key of the file, its full name, its line, and what is known of it. */
    record KeyInFile(String path, Node key, Node value, KeySpec spec, boolean nameOfDataset) {

        int line() {
            return key.getStartMark().getLine() + 1;
        }
    }

    static Stream<Path> all() {
        return Stream.of("train_configs", "eval_configs", "dataset").flatMap(ShippedFile::yamls);
    }

    private static Stream<Path> yamls(String folder) {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            return files
                    .filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file with something put in place of every path that is not there. */
    static ShippedFile withPathsMended(Path file, Path folder) throws IOException {
        var shipped = new ShippedFile(file, Files.readString(file));
        String mended = shipped.text;
        var backwards = new ArrayList<>(shipped.keys());
        backwards.sort(Comparator.comparing((KeyInFile key) -> key.line()).reversed());
        for (KeyInFile key : backwards) {
            if (key.spec() != null && key.spec().exists().isPresent()) {
                for (ScalarNode scalar : scalars(key.value())) {
                    mended = shipped.mend(mended, key.spec().exists().get(), scalar, folder);
                }
            }
        }
        return new ShippedFile(file, mended);
    }

    private String mend(String text, Exists exists, ScalarNode scalar, Path folder)
            throws IOException {
        boolean wanted = !scalar.getValue().isEmpty() && !scalar.getValue().equals("null");
        if (!wanted || LocalPath.complaint(scalar.getValue(), exists).isEmpty()) {
            return text;
        }
        Path there = folder;
        if (exists.value() == Exists.Kind.FILE) {
            there = folder.resolve("some.file");
            Files.write(there, new byte[0]);
        }
        return replace(text, scalar, "\"" + there + "\"");
    }

    private static List<ScalarNode> scalars(Node value) {
        var scalars = new ArrayList<ScalarNode>();
        if (value instanceof ScalarNode scalar) {
            scalars.add(scalar);
        } else if (value instanceof SequenceNode list) {
            for (int i = list.getValue().size() - 1; i >= 0; i--) {
                scalars.addAll(scalars(list.getValue().get(i)));
            }
        }
        return scalars;
    }

    List<KeyInFile> keys() {
        var keys = new ArrayList<KeyInFile>();
        var root = (MappingNode) new Yaml(new LoaderOptions()).compose(new StringReader(text));
        collect("", root, keys);
        return keys;
    }

    private void collect(String prefix, MappingNode section, List<KeyInFile> keys) {
        for (var tuple : section.getValue()) {
            String path = prefix + ((ScalarNode) tuple.getKeyNode()).getValue();
            boolean dataset = prefix.equals("datasets.") || prefix.equals("sources.");
            keys.add(
                    new KeyInFile(
                            path,
                            tuple.getKeyNode(),
                            tuple.getValueNode(),
                            dataset ? null : spec(path),
                            dataset));
            if (tuple.getValueNode() instanceof MappingNode below) {
                collect(path + ".", below, keys);
            }
        }
    }

    private KeySpec spec(String path) {
        String known = path.replaceFirst("^(datasets|sources)\\.[^.]+\\.", "$1.<name>.");
        return Catalog.of(root()).entries().stream()
                .filter(entry -> entry.path().equals(known))
                .findFirst()
                .orElseThrow(() -> new AssertionError(path + " is no key"))
                .spec();
    }

    /** What may stand at the top of this file. */
    private Class<? extends Record> root() {
        if (!file.startsWith("dataset")) {
            return TrainConfig.Sections.class;
        }
        return AlignPrepareConfig.isMeantBy(file)
                ? AlignPrepareConfig.Sections.class
                : PrepareConfig.Sections.class;
    }

    String with(Node node, String replacement) {
        return replace(text, node, replacement);
    }

    private static String replace(String text, Node node, String replacement) {
        int end = offset(text, node.getEndMark());
        if (node instanceof MappingNode) {
            end =
                    text.lastIndexOf('\n', end - 1)
                            + 1; // the mark is at the next key, past its indent
        }
        return text.substring(0, offset(text, node.getStartMark()))
                + replacement
                + text.substring(end);
    }

    private static int offset(String text, Mark mark) {
        return text.offsetByCodePoints(0, mark.getIndex());
    }

    /** Loads a text as the command that takes this file would. */
    void load(Path copy, String changed) throws IOException {
        Files.writeString(copy, changed);
        if (file.startsWith("eval_configs")) {
            EvalConfig.load(copy, List.of());
        } else if (!file.startsWith("dataset")) {
            TrainConfig.load(copy, List.of());
        } else if (AlignPrepareConfig.isMeantBy(file)) {
            AlignPrepareConfig.load(copy, List.of());
        } else {
            PrepareConfig.load(copy, List.of());
        }
    }
}
