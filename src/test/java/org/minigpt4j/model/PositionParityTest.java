package org.minigpt4j.model;

import static org.minigpt4j.model.GoldenModel.array;
import static org.minigpt4j.model.GoldenModel.assertClose;

import ai.djl.ndarray.NDManager;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.Npz;
import org.minigpt4j.OnDevice;

/** Positions learned on one grid, used on a larger and on a smaller one. */
class PositionParityTest extends OnDevice {

    @ParameterizedTest
    @ValueSource(strings = {"up", "down"})
    void interpolatedPositionsMatchTheReference(String direction) {
        Npz golden = Goldens.npz("pos_embed_interp_" + direction + ".npz");
        int imageSize = Math.toIntExact(golden.shape("image")[2]);
        try (Backbone backbone =
                        GoldenModel.backbone(
                                where, imageSize, ComputePrecision.FP32, false, false);
                NDManager manager = backbone.manager().newSubManager()) {
            var positions = backbone.vit().getDirectParameters().get("pos_embed").getArray();
            assertClose("pos_embed", golden.get("pos_embed"), positions, 1e-4);
            var out = backbone.vit().encode(array(manager, golden.get("image")));
            assertClose("vit_out", golden.get("vit_out"), out, 1e-4);
        }
    }
}
