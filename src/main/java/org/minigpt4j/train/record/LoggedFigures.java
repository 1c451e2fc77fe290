package org.minigpt4j.train.record;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.WholeLines;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The figures in a run's logs: of steps by step, and of epochs by their last step. Losses of epochs
 * have three decimals, as in {@code log.txt}.
 */
record LoggedFigures(
        Map<Integer, Map<String, Double>> steps, Map<Integer, Map<String, Double>> epochs) {

    /** Reads the logs of a run; missing files count as empty. */
    static LoggedFigures read(RunFolder folder) throws IOException {
        Map<Integer, Map<String, Double>> steps = new TreeMap<>();
        Map<Integer, Integer> ends = new TreeMap<>();
        Map<Integer, List<Double>> rates = new TreeMap<>();
        for (String text : WholeLines.read(folder.metrics())) {
            JsonObject line = JsonParser.parseString(text).getAsJsonObject();
            int step = line.get("step").getAsInt();
            int epoch = line.get("epoch").getAsInt();
            steps.put(step, StepFigures.of(line));
            ends.merge(epoch, step, Math::max);
            rates.computeIfAbsent(epoch, e -> new ArrayList<>()).add(line.get("lr").getAsDouble());
        }
        Map<Integer, Map<String, Double>> epochs = new TreeMap<>();
        int epoch = 0;
        for (String text : WholeLines.read(folder.log())) {
            if (text.startsWith(RunLog.EPOCH_LINE)) {
                if (ends.containsKey(epoch)) {
                    double rate = rates.get(epoch).stream().mapToDouble(r -> r).average().orElse(0);
                    JsonObject line = JsonParser.parseString(text).getAsJsonObject();
                    epochs.put(ends.get(epoch), epoch(epoch, rate, line));
                }
                epoch++;
            }
        }
        return new LoggedFigures(steps, epochs);
    }

    private static Map<String, Double> epoch(int epoch, double rate, JsonObject line) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("epoch", epoch + 1.0);
        values.put("epoch_loss", number(line.get("train_loss")));
        values.put("epoch_lr", rate);
        if (line.has("valid_loss")) {
            values.put("valid_loss", number(line.get("valid_loss")));
        }
        double skipped = 0;
        if (line.has("skipped")) {
            for (var cause : line.getAsJsonObject("skipped").entrySet()) {
                skipped += cause.getValue().getAsDouble();
            }
        }
        values.put("epoch_skipped_samples", skipped);
        return values;
    }

    /** Parses with Java's parser, because the values are text and may be NaN. */
    private static double number(JsonElement text) {
        return Double.parseDouble(text.getAsString());
    }
}
