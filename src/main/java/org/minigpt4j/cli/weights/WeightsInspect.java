package org.minigpt4j.cli.weights;

import org.minigpt4j.checkpoint.Checkpoint;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.PyTuple;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;
import org.minigpt4j.weights.TorchTensor;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code weights inspect}: shows the contents of a weight file or folder, read from its headers.
 */
@Command(
        name = "inspect",
        description =
                "Shows the tensors of a weight file or folder, and what else a"
                        + " checkpoint contains. Nothing in a file is executed.")
public final class WeightsInspect implements Callable<Integer> {
    private static final int LONGEST_TEXT = 200;
    private static final double LARGEST_WHOLE = 1e15;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean help;

    @Parameters(
            paramLabel = "FILE",
            description =
                    "A .safetensors, .pth or .bin file, an index of shards, a folder of weights, or"
                            + " the output folder of a run (its newest checkpoint).")
    private Path file;

    @Option(
            names = "--digest",
            description =
                    "Also read every tensor and show the SHA-256 of its bytes,"
                            + " to compare files.")
    private boolean digest;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (UpstreamCheckpoint.isExportable(file)) {
            Path checkpoint = UpstreamCheckpoint.newestIn(file);
            line(out, "checkpoint %s".formatted(checkpoint));
            tensors(out, checkpoint.resolve(Checkpoint.TENSORS));
            ForeignJson.read(checkpoint.resolve(Checkpoint.STATE))
                    .members()
                    .forEach((key, value) -> tree(out, "", key, plain(value)));
        } else {
            tensors(out, file);
        }
        out.flush();
        return 0;
    }

    private void tensors(PrintWriter out, Path path) {
        try (TensorSource source = TensorSource.open(path)) {
            Collection<TensorInfo> tensors = source.tensors().values();
            int width = tensors.stream().mapToInt(info -> info.key().length()).max().orElse(0);
            String row = "%-" + Math.max(3, width) + "s  %-5s  %-20s  %15s  %s";
            line(out, row.formatted("KEY", "DTYPE", "SHAPE", "BYTES", digest ? "SHA-256" : ""));
            for (TensorInfo info : tensors) {
                String shape = Arrays.toString(info.shape());
                String bytes = String.format(Locale.ROOT, "%,d", info.byteLength());
                String hash = digest ? new Sha256().update(source.read(info.key())).hex() : "";
                line(out, row.formatted(info.key(), info.dtype(), shape, bytes, hash));
            }
            line(out, total(tensors));
            source.metadata()
                    .forEach((key, value) -> line(out, "metadata %s: %s".formatted(key, value)));
            source.unread()
                    .forEach(
                            (key, type) ->
                                    line(
                                            out,
                                            "not read, of another type: %s %s"
                                                    .formatted(key, type)));
            source.rest().forEach((key, value) -> tree(out, "", key, value));
        }
    }

    /** Converts JSON to the kind of tree that a torch.save file contains. */
    private static Object plain(ForeignJson json) {
        if (json.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            json.members().forEach((key, value) -> map.put(key, plain(value)));
            return map;
        }
        if (json.isList()) {
            return json.elements().stream().map(WeightsInspect::plain).toList();
        }
        if (json.isNumber()) {
            double number = json.number(-Double.MAX_VALUE, Double.MAX_VALUE);
            boolean whole = number == Math.rint(number) && Math.abs(number) < LARGEST_WHOLE;
            return whole ? (Object) (long) number : (Object) number;
        }
        return json.isText() ? json.text() : json.found();
    }

    private static String total(Collection<TensorInfo> tensors) {
        var counts = new EnumMap<DType, Integer>(DType.class);
        tensors.forEach(info -> counts.merge(info.dtype(), 1, Integer::sum));
        return String.format(
                Locale.ROOT,
                "%d tensors, %,d elements, %s %s",
                tensors.size(),
                tensors.stream().mapToLong(TensorInfo::elements).sum(),
                ByteCount.text(tensors.stream().mapToLong(TensorInfo::byteLength).sum()),
                counts);
    }

    private static void tree(PrintWriter out, String indent, Object key, Object value) {
        String name = indent + key + ":";
        String inner = indent + "  ";
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            line(out, name);
            map.forEach((innerKey, item) -> tree(out, inner, innerKey, item));
        } else if (value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance)) {
            line(out, name);
            for (int i = 0; i < list.size(); i++) {
                tree(out, inner, i, list.get(i));
            }
        } else {
            line(out, name + " " + leaf(value));
        }
    }

    private static String leaf(Object value) {
        if (value instanceof TorchTensor tensor) {
            return tensor.dtype() + " " + Arrays.toString(tensor.shape());
        }
        if (value instanceof PyTuple tuple) {
            return leaf(tuple.items());
        }
        if (value instanceof List<?> list) {
            return list.stream().map(WeightsInspect::leaf).toList().toString();
        }
        return ForeignText.line(String.valueOf(value), LONGEST_TEXT);
    }

    /** Prints a line. Line ends in keys and texts are escaped. */
    private static void line(PrintWriter out, String text) {
        out.println(ForeignText.clean(text).replaceAll("[\\n\\t]", " ").stripTrailing());
    }
}
