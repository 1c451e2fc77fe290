package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;

import java.util.Map;

class LearningRateTest {

    @Test
    void cosineFollowsTheReferenceTables() {
        JsonObject tables = Goldens.json("lr_schedule.json").getAsJsonObject();
        for (Map.Entry<String, JsonElement> entry : tables.entrySet()) {
            JsonObject table = entry.getValue().getAsJsonObject();
            LearningRate rate = cosine(table);
            for (JsonElement element : table.getAsJsonArray("rows_epoch_iter_lr")) {
                JsonArray row = element.getAsJsonArray();
                double expected = row.get(2).getAsDouble();
                assertEquals(
                        expected,
                        rate.at(row.get(0).getAsInt(), row.get(1).getAsInt()),
                        1e-12 * expected,
                        entry.getKey() + " " + row);
            }
        }
    }

    @Test
    void stepScheduleWarmsUpInTheFirstEpochAndDecaysAfterwards() {
        var rate = new LearningRate.LinearWarmupStep(1e-3, 1e-4, 1e-5, 10, 0.5);
        assertEquals(1e-5, rate.at(0, 0), 1e-15);
        assertEquals(1e-3, rate.at(0, 10), 1e-15);
        assertEquals(1e-3, rate.at(0, 500), 1e-15);
        assertEquals(5e-4, rate.at(1, 0), 1e-15);
        assertEquals(1e-4, rate.at(9, 0), 1e-15);
    }

    @Test
    void aGlobalWarmupDoesNotStartAgainAtAnEpoch() {
        var reference = new LearningRate.LinearWarmupCosine(1e-3, 1e-4, 1e-5, 15, 10, 4);
        var global = new LearningRate.GlobalWarmup(reference, 1e-3, 1e-5, 15, 10);
        assertEquals(reference.at(0, 7), global.at(0, 7));
        assertEquals(1e-5, reference.at(1, 0), 1e-15);
        assertEquals(1e-5 + 99e-5 * 10 / 15, global.at(1, 0), 1e-15);
        assertEquals(reference.at(1, 5), global.at(1, 5));
    }

    private static LearningRate cosine(JsonObject table) {
        double initial = table.get("init_lr").getAsDouble();
        double start =
                table.has("warmup_lr") && !table.get("warmup_lr").isJsonNull()
                        ? table.get("warmup_lr").getAsDouble()
                        : -1;
        return new LearningRate.LinearWarmupCosine(
                initial,
                table.get("min_lr").getAsDouble(),
                start >= 0 ? start : initial,
                table.get("warmup_steps").getAsInt(),
                table.get("iters_per_epoch").getAsInt(),
                table.get("max_epoch").getAsInt());
    }
}
