package org.minigpt4j.nano.scene;

import org.minigpt4j.random.RandomStream;

import java.util.List;

/** What can be said about a scene that belongs to no numbered world. */
public final class SceneTexts {

    private SceneTexts() {}

    /** A caption as web pages have them. */
    public static String caption(Scene scene, RandomStream random) {
        return SceneDescriptions.caption(scene, random);
    }

    /** A full description. */
    public static String description(Scene scene, RandomStream random) {
        return SceneDescriptions.description(scene, random);
    }

    /** One sentence that names the things. */
    public static String summary(Scene scene, RandomStream random) {
        return SceneDescriptions.summary(scene, random);
    }

    /** Every question with its answer. */
    public static List<QuestionAnswer> exchanges(Scene scene) {
        return SceneQuestions.of(scene);
    }
}
