package org.minigpt4j.nano;

import org.minigpt4j.data.JpegEncoder;
import org.minigpt4j.data.RandomStream;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
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
        return Narrator.caption(scene(number), random(number, Part.CAPTION));
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
            return Narrator.description(scene, random);
        }
        List<Exchange> exchanges = Narrator.exchanges(scene);
        Exchange exchange = exchanges.get(random.nextInt(exchanges.size()));
        return "%s###Human: %s ###Assistant: %s"
                .formatted(Narrator.summary(scene, random), exchange.question(), exchange.answer());
    }

    /** Every question this world knows to ask about scene {@code number}, with its answer. */
    public List<Exchange> exchanges(long number) {
        return Narrator.exchanges(scene(number));
    }

    /** The picture of scene {@code number}, RGB. */
    public BufferedImage image(long number) {
        return new Painter(imageSize).paint(scene(number));
    }

    /** The picture of scene {@code number} as a JPEG file. */
    public byte[] jpeg(long number) {
        return JpegEncoder.encode(image(number), JPEG_QUALITY);
    }

    /**
     * Writes {@code count} scenes from number {@code first} on as stage-1 training data: WebDataset
     * shards {@code 00000.tar}, {@code 00001.tar}, ... as img2dataset lays them out.
     */
    public void writeShards(Path folder, long first, int count) throws IOException {
        SceneShards.write(this, folder, first, count);
    }

    /**
     * Writes {@code count} scenes from number {@code first} on as stage-2 training data: a folder
     * with {@code filter_cap.json} and {@code image/ID.jpg}, as {@code cc_sbu_align} is laid out.
     */
    public void writeAlignFolder(Path folder, long first, int count) throws IOException {
        SceneAlignFolder.write(this, folder, first, count);
    }

    private Scene scene(long number) {
        return Scene.draw(random(number, Part.SCENE));
    }

    private RandomStream random(long number, Part part) {
        return RandomStream.of(seed, number, part.ordinal());
    }
}
