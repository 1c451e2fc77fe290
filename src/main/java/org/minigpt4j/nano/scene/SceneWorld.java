package org.minigpt4j.nano.scene;

import org.minigpt4j.image.JpegEncoder;
import org.minigpt4j.random.RandomStream;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * An endless row of numbered scenes. Scene {@code n} of a seed has the same picture and the same
 * words always, so disjoint ranges of numbers are disjoint training and test sets.
 *
 * @param seed which world
 * @param imageSize width and height of its pictures in pixels
 */
public record SceneWorld(long seed, int imageSize) {

    private static final int JPEG_QUALITY = 95;
    private static final int FURTHER_TURNS = 2;

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
     * description, or a short one followed by questions and their answers as further turns of the
     * conversation ({@code ###Human: ... ###Assistant: ...}).
     */
    public String dialogue(long number) {
        Scene scene = scene(number);
        RandomStream random = random(number, Part.DIALOGUE);
        if (random.nextInt(2) == 0) {
            return SceneDescriptions.description(scene, random);
        }
        StringBuilder dialogue = new StringBuilder(SceneDescriptions.summary(scene, random));
        List<QuestionAnswer> exchanges = new ArrayList<>(SceneQuestions.of(scene));
        for (int turn = 0; turn < FURTHER_TURNS; turn++) {
            dialogue.append(turn(exchanges.remove(random.nextInt(exchanges.size()))));
        }
        return dialogue.toString();
    }

    /**
     * What stage 2 learns of scene {@code number}: a full description, or a summary followed by
     * questions, of which those about the letter, the number and a place come first, as captions
     * say least about them.
     */
    public String conversation(long number) {
        Scene scene = scene(number);
        RandomStream random = random(number, Part.DIALOGUE);
        if (random.nextInt(2) == 0) {
            return SceneDescriptions.description(scene, random);
        }
        StringBuilder text = new StringBuilder(SceneDescriptions.summary(scene, random));
        List<QuestionAnswer> exchanges = SceneQuestions.of(scene);
        for (QuestionKind kind :
                List.of(QuestionKind.LETTER, QuestionKind.COUNT, QuestionKind.PLACE)) {
            List<QuestionAnswer> fitting =
                    exchanges.stream().filter(e -> e.kind() == kind).toList();
            if (!fitting.isEmpty()) {
                text.append(turn(fitting.get(random.nextInt(fitting.size()))));
            }
        }
        return text.toString();
    }

    private static String turn(QuestionAnswer exchange) {
        return "###Human: " + exchange.question() + " ###Assistant: " + exchange.answer();
    }

    /** A full description of scene {@code number}, as {@link #dialogue} may give. */
    public String description(long number) {
        return SceneDescriptions.description(scene(number), random(number, Part.DIALOGUE));
    }

    /** One sentence that names what scene {@code number} shows. */
    public String summary(long number) {
        return SceneDescriptions.summary(scene(number), random(number, Part.DIALOGUE));
    }

    /** Every question this world knows to ask about scene {@code number}, with its answer. */
    public List<QuestionAnswer> exchanges(long number) {
        return SceneQuestions.of(scene(number));
    }

    /** The picture of a scene that need not belong to a world, RGB. */
    public static BufferedImage paint(Scene scene, int imageSize) {
        return new Painter(imageSize).paint(scene);
    }

    /** The picture of scene {@code number}, RGB. */
    public BufferedImage image(long number) {
        return new Painter(imageSize).paint(scene(number));
    }

    /** The picture of scene {@code number} as a JPEG file. */
    public byte[] jpeg(long number) {
        return JpegEncoder.encode(image(number), JPEG_QUALITY);
    }

    /** The first {@code count} numbers from {@code first} on whose scenes have no held-out pair. */
    public List<Long> withoutHeldOut(long first, int count) {
        return LongStream.iterate(first, number -> number + 1)
                .filter(number -> !scene(number).hasHeldOutPair())
                .limit(count)
                .boxed()
                .toList();
    }

    /** As {@link #withoutHeldOut}, with a letter in at least every other scene. */
    public List<Long> withLetters(long first, int count) {
        List<Long> numbers = new ArrayList<>();
        for (long number = first; numbers.size() < count; number++) {
            Scene scene = scene(number);
            boolean letter = scene.things().stream().anyMatch(thing -> thing.letter() != 0);
            if (!scene.hasHeldOutPair() && (letter || numbers.size() % 2 == 0)) {
                numbers.add(number);
            }
        }
        return List.copyOf(numbers);
    }

    /** What scene {@code number} shows. */
    public Scene scene(long number) {
        return Scene.draw(random(number, Part.SCENE));
    }

    private RandomStream random(long number, Part part) {
        return RandomStream.of(seed, number, part.ordinal());
    }
}
