package org.minigpt4j.nano.parts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.nano.scene.Scene;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.random.RandomStream;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Pictures of scenes as one batch of bytes, each a little noisy as files are. */
record Pictures(List<Scene> scenes, int side, ByteBuffer pixels) {

    private static final int NOISE = 3;

    /**
     * Draws scenes and paints them.
     *
     * @param letters whether more of them are to have a cube with a letter
     */
    static Pictures draw(RandomStream random, int count, int side, boolean letters) {
        List<Scene> scenes = new ArrayList<>();
        ByteBuffer pixels = ByteBuffer.allocateDirect(count * side * side * 3);
        int[] rgb = new int[side * side];
        for (int i = 0; i < count; i++) {
            Scene scene = Scene.draw(random);
            for (int again = 0; letters && again < 2 && !hasLetter(scene); again++) {
                scene = Scene.draw(random);
            }
            scenes.add(scene);
            BufferedImage image = SceneWorld.paint(scene, side);
            image.getRGB(0, 0, side, side, rgb, 0, side);
            long bits = 0;
            for (int j = 0; j < rgb.length; j++) {
                bits = j % 8 == 0 ? random.nextLong() : bits >>> 8;
                int noise = (int) (bits & 255) % (2 * NOISE + 1) - NOISE;
                for (int shift = 16; shift >= 0; shift -= 8) {
                    int value = (rgb[j] >> shift & 255) + noise;
                    pixels.put((byte) Math.max(0, Math.min(255, value)));
                }
            }
        }
        return new Pictures(scenes, side, pixels.flip());
    }

    private static boolean hasLetter(Scene scene) {
        return scene.things().stream().anyMatch(thing -> thing.letter() != 0);
    }

    /** The bytes, [b, side, side, 3]. */
    NDArray array(NDManager manager) {
        return manager.create(
                pixels.duplicate(), new Shape(scenes.size(), side, side, 3), DataType.UINT8);
    }
}
