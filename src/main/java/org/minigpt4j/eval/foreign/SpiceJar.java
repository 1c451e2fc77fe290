package org.minigpt4j.eval.foreign;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.FailedException;
import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.score.CaptionPair;
import org.minigpt4j.eval.score.CaptionScore;
import org.minigpt4j.io.ForeignJson;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** SPICE 1.0 computed by {@code spice-1.0.jar}: the mean F-score over all kinds of tuples. */
public record SpiceJar(Path jar) implements ForeignScorer {

    private static final String NAME = "SPICE";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public CaptionScore score(List<CaptionPair> pairs) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("minigpt4j-spice");
            Path in = folder.resolve("in.json");
            Path out = folder.resolve("out.json");
            Files.writeString(in, input(pairs));
            List<String> arguments =
                    List.of(
                            in.toString(),
                            "-cache",
                            Files.createDirectory(folder.resolve("cache")).toString(),
                            "-out",
                            out.toString(),
                            "-subset",
                            "-silent");
            try (JarProcess spice = new JarProcess(jar, "8G", arguments)) {
                spice.await();
            }
            double[] each = output(out, pairs.size());
            return new CaptionScore(NAME, Arrays.stream(each).average(), each);
        } catch (IOException e) {
            throw new FailedException("%s: %s".formatted(jar, e.getMessage()), e);
        } finally {
            remove(folder);
        }
    }

    private static String input(List<CaptionPair> pairs) {
        JsonArray entries = new JsonArray();
        for (int i = 0; i < pairs.size(); i++) {
            JsonObject entry = new JsonObject();
            entry.addProperty("image_id", i);
            entry.addProperty("test", pairs.get(i).candidate());
            JsonArray references = new JsonArray();
            pairs.get(i).references().forEach(references::add);
            entry.add("refs", references);
            entries.add(entry);
        }
        return entries.toString();
    }

    private static double[] output(Path file, int images) {
        double[] each = new double[images];
        Arrays.fill(each, Double.NaN);
        for (ForeignJson entry : ForeignJson.read(file).elements()) {
            int image = entry.at("image_id").integer(0, images - 1);
            // SPICE writes NaN if a caption has no tuples at all; that counts as 0.
            ForeignJson f = entry.at("scores").at("All").at("f");
            each[image] = f.isNumber() ? f.number(0, 1) : 0;
        }
        if (Arrays.stream(each).anyMatch(Double::isNaN)) {
            throw new FailedException("SPICE scored fewer images than it was given");
        }
        return each;
    }

    private static void remove(Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> below = Files.walk(folder)) {
            below.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
