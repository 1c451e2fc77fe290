package org.minigpt4j.eval.foreign;

import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.score.CaptionPair;
import org.minigpt4j.eval.score.CaptionScore;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * METEOR 1.5 by {@code meteor-1.5.jar}, asked as pycocoevalcap asks it: {@code -l en -norm}, a line
 * SCORE for each image, then one line EVAL, whose last figure is that of all images together.
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
