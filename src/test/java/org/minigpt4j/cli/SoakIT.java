package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.cli.TrainProcess.Blow;
import org.minigpt4j.cli.TrainProcess.Ended;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The soak of docs/training.md, short. */
class SoakIT {

    private static final int STEPS = 500;

    /**
     * Less than the smallest thing a step could lose: a gradient has 128 x 97 floats, 50 KB. A
     * process that has just begun still grows by a third of this, for a while.
     */
    private static final double MB_PER_1000_STEPS = 40;

    @TempDir private Path temp;

    @Test
    void memoryStaysLevel() throws Exception {
        NanoFiles files = NanoFiles.make(temp, 64);
        Map<String, String> options = Map.of("run.batch_size_train", "2", "run.threads", "1");
        List<String> arguments = new ArrayList<>(files.train("unused", options));
        arguments.removeIf(argument -> argument.startsWith("run.output_dir"));
        arguments.set(0, "soak");
        arguments.add(0, "bench");
        arguments.addAll(
                2, List.of("--steps", "" + STEPS, "--out", temp.resolve("soak").toString()));
        // A heap of one size, present from the start, leaves only native memory to grow.
        Ended ended =
                new TrainProcess(List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"), List.of())
                        .run(arguments, Blow.NEVER);
        assertEquals(0, ended.exitCode(), ended.output());
        String last = ended.output().lines().reduce((a, b) -> b).orElseThrow();
        System.out.println("SoakIT: " + last);
        JsonObject fit = JsonParser.parseString(last).getAsJsonObject();
        assertEquals(STEPS * 9 / 10, fit.get("steps").getAsInt());
        double slope = fit.getAsJsonObject("host_mb").get("slope_per_1000").getAsDouble();
        assertTrue(slope < MB_PER_1000_STEPS, last);
    }
}
