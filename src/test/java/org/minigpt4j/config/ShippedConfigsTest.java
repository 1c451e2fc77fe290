package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.ShippedFile.KeyInFile;
import org.minigpt4j.config.bind.KeySpec;
import org.minigpt4j.config.bind.Types;
import org.yaml.snakeyaml.nodes.MappingNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Every key of every YAML file in train_configs, eval_configs and dataset, one at a time. */
class ShippedConfigsTest {

    @TempDir private Path temp;

    static Stream<Path> files() {
        return ShippedFile.all();
    }

    @Test
    void theFilesOfBothStagesAreThere() {
        List<String> names = files().map(Path::toString).toList();
        assertTrue(
                names.containsAll(
                        List.of(
                                "train_configs/minigpt4_stage1_pretrain.yaml",
                                "train_configs/minigpt4_stage2_finetune.yaml",
                                "eval_configs/minigpt4_eval.yaml",
                                "dataset/minigpt4_stage1.yaml",
                                "dataset/minigpt4_stage2.yaml")),
                names.toString());
    }

    @ParameterizedTest
    @MethodSource("files")
    void loadsInUnderASecondOnceItsPathsExist(Path file) throws IOException {
        var shipped = mended(file);
        assertTimeout(Duration.ofSeconds(1), () -> shipped.load(copy(), shipped.text()));
    }

    @ParameterizedTest
    @MethodSource("files")
    void rejectsEveryMisspelledKey(Path file) throws IOException {
        var shipped = mended(file);
        var checks = new ArrayList<Executable>();
        for (KeyInFile key : shipped.keys()) {
            if (!key.nameOfDataset()) {
                String misspelled = key.path() + "q";
                String name = misspelled.substring(misspelled.lastIndexOf('.') + 1);
                String wrong = misspelled + ": is not a known key; did you mean " + key.path();
                String changed = shipped.with(key.key(), name);
                checks.add(() -> rejected(shipped, changed, key.line(), wrong));
            }
        }
        assertTrue(checks.size() > 10, "only " + checks.size() + " keys in " + file);
        assertAll(checks);
    }

    @ParameterizedTest
    @MethodSource("files")
    void rejectsEveryValueOfAWrongType(Path file) throws IOException {
        var shipped = mended(file);
        var checks = new ArrayList<Executable>();
        for (KeyInFile key : shipped.keys()) {
            for (String wrong : wrongTypes(key)) {
                String changed = shipped.with(key.value(), wrong);
                checks.add(() -> rejected(shipped, changed, key.line(), key.path() + ": is "));
            }
        }
        assertTrue(checks.size() > 20, "only " + checks.size() + " changes in " + file);
        assertAll(checks);
    }

    private static List<String> wrongTypes(KeyInFile key) {
        if (key.value() instanceof MappingNode) {
            return List.of("5\n", "some text\n", "[a, list]\n");
        }
        Class<?> type = Types.raw(Types.innermost(key.spec().type()));
        boolean number = type == int.class || type == long.class || type == double.class;
        boolean boxedNumber = type == Integer.class || type == Double.class;
        boxedNumber |= type == SampleBudget.class;
        var wrong = new ArrayList<>(List.of("{wrong: type}", "[[nested]]"));
        if (type == SampleBudget.class || type == DeviceEntry.class) {
            // A number, or text of a certain form.
            wrong.addAll(List.of("some text", "True", "1.5"));
            return wrong;
        }
        wrong.addAll(
                number || boxedNumber
                        ? List.of("some text", "True", ".nan")
                        : type == boolean.class
                                ? List.of("some text", "1")
                                : List.of("12", "True"));
        if (type == int.class || type == long.class || type == Integer.class) {
            wrong.add("1.5");
        }
        return wrong;
    }

    @ParameterizedTest
    @MethodSource("files")
    void rejectsEveryForbiddenValue(Path file) throws IOException {
        var shipped = mended(file);
        var checks = new ArrayList<Executable>();
        for (KeyInFile key : shipped.keys()) {
            if (key.spec() != null && !(key.value() instanceof MappingNode)) {
                for (String forbidden : forbidden(key.spec())) {
                    String changed = shipped.with(key.value(), forbidden);
                    checks.add(() -> rejected(shipped, changed, key.line(), key.path() + ": "));
                }
            }
        }
        assertTrue(checks.size() > 5, "only " + checks.size() + " changes in " + file);
        assertAll(checks);
    }

    private List<String> forbidden(KeySpec spec) throws IOException {
        var values = new ArrayList<String>();
        spec.range()
                .ifPresent(
                        range -> {
                            values.add(whole(spec, range.min() - 1));
                            values.add(whole(spec, range.above()));
                            values.add(whole(spec, range.below()));
                            values.add(whole(spec, range.max() + 1));
                        });
        values.removeIf(value -> value.contains("Infinity"));
        Class<?> type = Types.raw(Types.innermost(spec.type()));
        if (type.isEnum()) {
            values.add("nonsense");
        }
        if (spec.oneOf().isPresent()) {
            String only = spec.oneOf().get().value()[0];
            values.add(type == boolean.class ? "" + !Boolean.parseBoolean(only) : "nonsense");
        }
        if (spec.exists().isPresent()) {
            boolean output = spec.exists().get().value().name().startsWith("OUTPUT");
            Path notThere = output ? Files.writeString(temp.resolve("f"), "") : temp.resolve("no");
            values.add("\"" + notThere + "\"");
        }
        return values;
    }

    private static String whole(KeySpec spec, double value) {
        boolean fraction = Types.raw(Types.innermost(spec.type())).equals(double.class);
        return fraction || Double.isInfinite(value) ? "" + value : "" + (long) value;
    }

    private ShippedFile mended(Path file) throws IOException {
        return ShippedFile.withPathsMended(file, temp);
    }

    private Path copy() {
        return temp.resolve("copy.yaml");
    }

    private void rejected(ShippedFile shipped, String changed, int line, String wrong) {
        var e =
                assertThrows(
                        UsageException.class, () -> shipped.load(copy(), changed), "for " + wrong);
        String expected = copy() + ":" + line + ": " + wrong;
        assertTrue(
                e.getMessage().lines().anyMatch(found -> found.startsWith(expected)),
                "expected " + expected + "\nfound " + e.getMessage());
        assertEquals(2, e.exitCode());
    }
}
