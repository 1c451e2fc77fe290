package org.minigpt4j.nano.scene;

import org.minigpt4j.image.JpegEncoder;
import org.minigpt4j.random.RandomStream;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * An endless row of numbered scenes. Scene {@code n} of a seed has the same picture and the same
 * words always, so disjoint ranges of numbers are disjoint training and test sets.
 *
 * @param seed which world
 * @param imageSize width and height of its pictures in pixels
 */
public record SceneWorld(long seed, int imageSize) {

    private static final int JPEG_QUALITY = 95;

    /** Streams of one scene: what it shows, and how each of its texts is phrased. */
    private enum Part {
        SCENE,
        CAPTION,
        DIALOGUE
    }

    /** The short caption of scene {@code number}, as stage 1 learns from. */
    public String caption(long number) {
        return SceneDescriptions.caption(scene(number), random(number, Part.CAPTION));
    }

    /**
     * What an assistant says about scene {@code number}, as stage 2 learns from: a full
     * description, or a short one followed by a question and its answer as further turns of the
     * conversation ({@code ###Human: ... ###Assistant: ...}).
     */
    public String dialogue(long number) {
        Scene scene = scene(number);
        RandomStream random = random(number, Part.DIALOGUE);
        if (random.nextInt(2) == 0) {
            return SceneDescriptions.description(scene, random);
        }
        List<QuestionAnswer> exchanges = SceneDescriptions.exchanges(scene);
        QuestionAnswer exchange = exchanges.get(random.nextInt(exchanges.size()));
        return "%s###Human: %s ###Assistant: %s"
                .formatted(
                        SceneDescriptions.summary(scene, random),
                        exchange.question(),
                        exchange.answer());
    }

    /** Every question this world knows to ask about scene {@code number}, with its answer. */
    public List<QuestionAnswer> exchanges(long number) {
        return SceneDescriptions.exchanges(scene(number));
    }

    /** The picture of scene {@code number}, RGB. */
    public BufferedImage image(long number) {
        return new Painter(imageSize).paint(scene(number));
    }

    /** The picture of scene {@code number} as a JPEG file. */
    public byte[] jpeg(long number) {
        return JpegEncoder.encode(image(number), JPEG_QUALITY);
    }

    private Scene scene(long number) {
        return Scene.draw(random(number, Part.SCENE));
    }

    private RandomStream random(long number, Part part) {
        return RandomStream.of(seed, number, part.ordinal());
    }
}
