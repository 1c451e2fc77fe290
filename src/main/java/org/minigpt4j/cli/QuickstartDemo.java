package org.minigpt4j.cli;

import org.minigpt4j.chat.ChatModels.Choice;
import org.minigpt4j.chat.page.DemoPage.Example;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.nano.scene.QuestionAnswer;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The demo's contents for the quickstart: its stages, and scenes that none of them has seen. */
final class QuickstartDemo {

    /** The model's name after both stages. */
    static final String NAME = "stage2";

    private static final Path STAGE1 = Path.of("output", "quickstart", "stage1");
    private static final Path STAGE2 = Path.of("output", "quickstart", "stage2");

    /**
     * Number of the first demo scene, far from those used for training and for the quickstart's
     * exam.
     */
    private static final long FIRST = 3_000_000;

    private static final int SHOWN = 6;
    private static final int QUESTIONS = 3;
    private static final String DESCRIBE = "Describe this image in detail.";

    private QuickstartDemo() {}

    /** Whether a configuration names the quickstart's model. */
    static boolean isNamed(EvalConfig config) {
        return config.model().ckpt().filter(ckpt -> ckpt.endsWith(STAGE2)).isPresent();
    }

    /** The other checkpoints: before training, and after stage 1 if it exists. */
    static List<Choice> checkpoints() {
        List<Choice> choices = new ArrayList<>();
        choices.add(new Choice("before", Optional.empty()));
        if (RunFolder.isRun(STAGE1)) {
            choices.add(new Choice("stage1", Optional.of(STAGE1)));
        }
        return choices;
    }

    /** Scenes that no stage was trained on, {@code imageSize} pixels wide. */
    static List<Example> examples(int imageSize) {
        SceneWorld world = new SceneWorld(0, imageSize);
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < SHOWN; i++) {
            long number = FIRST + i;
            List<String> questions = new ArrayList<>(List.of(DESCRIBE));
            world.exchanges(number).stream()
                    .map(QuestionAnswer::question)
                    .limit(QUESTIONS)
                    .forEach(questions::add);
            examples.add(
                    new Example(
                            "Scene %d".formatted(i + 1),
                            "image/jpeg",
                            world.jpeg(number),
                            questions));
        }
        return examples;
    }
}
