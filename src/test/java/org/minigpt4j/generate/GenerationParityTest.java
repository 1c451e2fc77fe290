package org.minigpt4j.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.OnDevice;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.TrainableValues;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Hugging Face's generate on the reference's tiny model, in every mode that the set has. */
class GenerationParityTest extends OnDevice {

    private static final double SCORE = 1e-4;

    private static final JsonObject GOLDEN = Goldens.json("generation.json").getAsJsonObject();
    private static final Npz ARRAYS = Goldens.npz("generation.npz");

    private Backbone backbone;

    @BeforeAll
    void load() {
        backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
    }

    @AfterAll
    void close() {
        backbone.close();
    }

    @Test
    void promptsAreEmbeddedAsTheReferenceEmbedsThem() {
        Npz run = Goldens.npz("stage2_train.npz"); // ends in the checkpoint that generates
        try (MiniGpt4 model = new MiniGpt4(backbone);
                NDManager manager = model.manager().newSubManager()) {
            model.setTrainable(
                    TrainableValues.projection(
                            run.floats("final_weight"), run.floats("final_bias")));
            NDArray image =
                    model.project(
                            backbone.features(
                                    manager, GoldenModel.array(manager, ARRAYS.get("image"))),
                            false);
            GoldenModel.assertClose("image_embeds", ARRAYS.get("image_embeds"), image, SCORE);
            for (JsonElement element : GOLDEN.getAsJsonArray("cases")) {
                String name = name(element.getAsJsonObject());
                NDArray embeds =
                        backbone.llama()
                                .inputsEmbeds(
                                        image,
                                        row(manager, name + "before_ids"),
                                        row(manager, name + "after_ids"));
                GoldenModel.assertClose(
                        name + "inputs_embeds", ARRAYS.get(name + "inputs_embeds"), embeds, SCORE);
            }
        }
    }

    private static NDArray row(NDManager manager, String name) {
        return GoldenModel.array(manager, ARRAYS.get(name)).expandDims(0);
    }

    private static String name(JsonObject oneCase) {
        return "case" + oneCase.get("case").getAsInt() + "_";
    }

    @Test
    void everyModeGivesTheSequencesAndScoresOfTheReference() throws InterruptedException {
        int compared = 0;
        for (JsonElement element : GOLDEN.getAsJsonArray("cases")) {
            JsonObject oneCase = element.getAsJsonObject();
            for (Map.Entry<String, JsonElement> mode :
                    oneCase.getAsJsonObject("modes").entrySet()) {
                compare(name(oneCase), mode.getKey(), mode.getValue().getAsJsonObject());
                compared++;
            }
        }
        assertTrue(compared > 0);
    }

    private void compare(String name, String mode, JsonObject expected)
            throws InterruptedException {
        String place = name + mode;
        GenerationSettings settings = settings(expected.getAsJsonObject("params"));
        Decoding decoding =
                new Decoding(
                        settings,
                        GOLDEN.get("bos").getAsInt(),
                        GOLDEN.get("eos").getAsInt(),
                        TokenListener.NONE);
        List<float[]> scores = new ArrayList<>();
        Decoding.Result result;
        try (NDManager manager = backbone.manager().newSubManager()) {
            NDArray prompt = GoldenModel.array(manager, ARRAYS.get(name + "inputs_embeds"));
            result =
                    decoding.run(
                            backbone.llama(),
                            prompt,
                            (ids, processed) -> scores.add(processed.clone()));
        }
        assertArrayEquals(ints(expected.getAsJsonArray("sequence")), result.ids(), place);
        if (expected.has("sequence_score")) {
            double score = expected.get("sequence_score").getAsDouble();
            // A negative penalty multiplies the sum, and its rounding, by the length.
            double tolerance = settings.lengthPenalty() < 0 ? 10 * SCORE : SCORE;
            assertEquals(score, result.score(), tolerance, place);
        }
        if (ARRAYS.has(place + "_scores")) {
            float[] all = new float[scores.size() * scores.get(0).length];
            for (int i = 0; i < scores.size(); i++) {
                System.arraycopy(
                        scores.get(i), 0, all, i * scores.get(0).length, scores.get(0).length);
            }
            float[] golden = ARRAYS.floats(place + "_scores");
            for (int i = 0; i < golden.length; i++) {
                if (golden[i] == Float.NEGATIVE_INFINITY) {
                    assertEquals(golden[i], all[i], place + " at " + i);
                    golden[i] = all[i] = 0;
                }
            }
            GoldenModel.assertClose(place + "_scores", golden, all, SCORE);
        }
    }

    private static GenerationSettings settings(JsonObject params) {
        var builder =
                GenerationSettings.builder()
                        .optMaxNewTokens(GOLDEN.get("max_new_tokens").getAsInt())
                        .optStopSequences(
                                List.of(
                                        new Gson()
                                                .fromJson(
                                                        GOLDEN.get("stop_sequences"),
                                                        int[][].class)));
        for (Map.Entry<String, JsonElement> param : params.entrySet()) {
            double value = param.getValue().getAsDouble();
            switch (param.getKey()) {
                case "num_beams" -> builder.optNumBeams((int) value);
                case "repetition_penalty" -> builder.optRepetitionPenalty(value);
                case "length_penalty" -> builder.optLengthPenalty(value);
                case "min_length" -> builder.optMinLength((int) value);
                default -> throw new IllegalStateException("unknown " + param.getKey());
            }
        }
        return builder.build();
    }

    private static int[] ints(JsonArray array) {
        return new Gson().fromJson(array, int[].class);
    }
}
