package org.minigpt4j.eval.foreign;

import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.score.CaptionPair;
import org.minigpt4j.eval.score.CaptionScore;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * METEOR 1.5 computed by {@code meteor-1.5.jar}, called as pycocoevalcap calls it: options {@code
 * -l en -norm}, a SCORE line for each image, then one EVAL line. The last number it prints is the
 * score of all images together.
 */
public record MeteorJar(Path jar) implements ForeignScorer {

    private static final String BETWEEN = " ||| ";
    private static final String NAME = "METEOR";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public CaptionScore score(List<CaptionPair> pairs) {
        try (JarProcess meteor =
                new JarProcess(jar, "2G", List.of("-", "-", "-stdio", "-l", "en", "-norm"))) {
            StringBuilder all = new StringBuilder("EVAL");
            for (CaptionPair pair : pairs) {
                String candidate = pair.candidate().replace("|||", "").replace("  ", " ");
                meteor.tell(
                        "SCORE"
                                + BETWEEN
                                + String.join(BETWEEN, pair.references())
                                + BETWEEN
                                + candidate);
                all.append(BETWEEN).append(meteor.line());
            }
            meteor.tell(all.toString());
            double[] each = new double[pairs.size()];
            for (int i = 0; i < each.length; i++) {
                each[i] = meteor.number();
            }
            return new CaptionScore(NAME, OptionalDouble.of(meteor.number()), each);
        }
    }
}
