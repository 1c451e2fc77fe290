package org.minigpt4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.minigpt4j.model.GoldenModel.array;
import static org.minigpt4j.model.GoldenModel.assertClose;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.OnDevice;
import org.minigpt4j.text.TextBatch;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Every value of the reference's forward and backward pass, at the tolerances its README gives.
 * They are those of a GPU, too: it computes float32 products in float32 unless the environment says
 * otherwise, which {@code ArithmeticTest} would see, and the model has no convolution, where cuDNN
 * would round to TF32.
 */
class ForwardParityTest extends OnDevice {

    private static final double ACTIVATION = 1e-4;
    private static final double LOSS = 1e-5;
    private static final double GRADIENT = 1e-4;

    private Backbone backbone;
    private MiniGpt4 model;

    @BeforeAll
    void load() {
        backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
        model = new MiniGpt4(backbone);
        model.setTrainable(GoldenModel.initialProjection());
    }

    @AfterAll
    void close() {
        model.close();
        backbone.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stage1_forward", "stage2_forward", "stage2_eos_in_text"})
    void everyValueMatchesTheReference(String name) {
        Npz golden = Goldens.npz(name + ".npz");
        Set<String> seen = new HashSet<>();
        BiConsumer<String, NDArray> compare =
                (place, value) -> {
                    if (!place.equals("additive_mask_4d")) {
                        assertClose(place, golden.get(place), value, ACTIVATION);
                    }
                    seen.add(place);
                };
        try (NDManager manager = model.manager().newSubManager()) {
            NDArray vit = backbone.vit().encode(array(manager, golden.get("image")), compare);
            compare.accept("vit_out", vit);
            NDArray features = backbone.qformer().query(vit, compare);
            compare.accept("qf_out", features);
            NDArray projected = model.project(features.duplicate(), false);
            compare.accept("proj_out", projected);

            TextBatch text = GoldenModel.text(golden, golden);
            assertArrayEquals(golden.get("attention_mask").longs(), text.attended());
            assertArrayEquals(golden.get("targets").longs(), text.targets());
            NDArray embeds = model.inputsEmbeds(projected, text);
            compare.accept("inputs_embeds", embeds);

            NDArray attended = array(manager, golden.get("attention_mask"));
            NDArray all = manager.arange(text.attended().length).toType(DataType.INT64, false);
            NDArray logits =
                    backbone.llama()
                            .logits(
                                    embeds,
                                    attended,
                                    all,
                                    (place, value) -> {
                                        compare.accept(place, value);
                                        if (place.equals("additive_mask_4d")) {
                                            assertSamePlacesHidden(golden.get(place), value);
                                        }
                                    });
            assertClose("logits", golden.get("logits").floats(), logits.toFloatArray(), ACTIVATION);
            seen.addAll(List.of("logits", "image", "attention_mask", "targets"));
        }
        Set<String> left = new HashSet<>();
        golden.names().forEach(left::add);
        left.removeAll(seen);
        left.removeIf(
                key ->
                        key.startsWith("grad_")
                                || key.startsWith("prompt_")
                                || key.startsWith("text_")
                                || key.equals("loss")
                                || key.equals("position_ids"));
        assertEquals(Set.of(), left, "goldens that nothing was compared with");
        assertArrayEquals(
                java.util.stream.LongStream.range(0, golden.get("position_ids").longs().length)
                        .toArray(),
                golden.get("position_ids").longs());
    }

    @ParameterizedTest
    @ValueSource(strings = {"stage1_forward", "stage2_forward", "stage2_eos_in_text"})
    void lossAndGradientsMatchTheReference(String name) {
        Npz golden = Goldens.npz(name + ".npz");
        TextBatch text = GoldenModel.text(golden, golden);
        double scale = 1.0 / text.labels().length;
        try (NDManager manager = model.manager().newSubManager();
                var collector = manager.getEngine().newGradientCollector()) {
            NDArray features = backbone.features(manager, array(manager, golden.get("image")));
            double sum = model.backward(features, text, 0, collector, scale);
            assertEquals(golden.get("loss").floats()[0], sum * scale, LOSS);
            TrainableValues gradient = model.takeGradient();
            assertClose(
                    "weight",
                    golden.get("grad_llama_proj_weight").floats(),
                    gradient.floats(TrainableSet.WEIGHT),
                    GRADIENT);
            assertClose(
                    "bias",
                    golden.get("grad_llama_proj_bias").floats(),
                    gradient.floats(TrainableSet.BIAS),
                    GRADIENT);

            NDArray embeds = model.inputsEmbeds(model.project(features, false), text);
            LossAndGradient direct =
                    backbone.llama()
                            .loss(
                                    embeds,
                                    manager.create(text.rows()),
                                    manager.create(text.labels()),
                                    scale);
            assertClose(
                    "grad_inputs_embeds",
                    golden.get("grad_inputs_embeds"),
                    direct.gradient(),
                    GRADIENT);
        }
    }

    private static void assertSamePlacesHidden(Npz.Array expected, NDArray actual) {
        float[] want = expected.floats();
        float[] have = actual.toFloatArray();
        assertEquals(want.length, have.length);
        for (int i = 0; i < want.length; i++) {
            assertTrue((want[i] == 0) == (have[i] == 0), "mask at " + i);
        }
    }
}
