package org.minigpt4j.config;

import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SectionProblems;

import java.nio.file.Path;
import java.util.Optional;

/** The evaluation that {@code launch/eval} runs ({@code run.eval}). */
public record EvalTaskConfig(
        @Key(doc = "The task.") EvalTask task,
        @Key(
                        doc =
                                "The questions: a file, or for `captions` and `describe` a data set"
                                        + " in the layout that `format` names.")
                @Exists(
                        value = Exists.Kind.STORAGE,
                        howToGet = "put the data set there; docs/evaluation.md says what it holds")
                String data,
        @Key(
                        doc = "How the data set of `captions` and `describe` is laid out.",
                        byDefault = "coco_captions")
                DatasetFormat format,
        @Key(doc = "The file of people's answers, if it is separate: `vqa`.")
                @Exists(
                        value = Exists.Kind.FILE,
                        howToGet = "put the annotations there; docs/evaluation.md says where from")
                Optional<Path> annotations,
        @Key(doc = "The folder of the pictures, if the data file does not contain them.")
                @Exists(value = Exists.Kind.FOLDER, howToGet = "put the pictures there")
                Optional<Path> images,
        @Key(
                        doc =
                                "The name of a picture in `images`; `{}` stands for"
                                        + " its id, `{12}` for its id padded with zeros to 12"
                                        + " digits.",
                        byDefault = "{}.jpg")
                String imageName,
        @Key(
                        doc =
                                "The prompt; `{}` is replaced by the question. Without it, the prompt asks"
                                        + " for a short answer, or for a description.")
                Optional<String> prompt,
        @Key(doc = "Maximum tokens of an answer.", byDefault = "40") @Range(min = 1)
                int maxNewTokens,
        @Key(
                        doc =
                                "How many questions to ask, from the first on; 0"
                                        + " means all. The output says when the scores are for"
                                        + " a part.",
                        byDefault = "0")
                @Range(min = 0)
                int samples,
        @Key(
                        doc =
                                "Questions answered at the same time on a device; an answer does"
                                        + " not depend on it.",
                        byDefault = "8")
                @Range(min = 1)
                int batchSize,
        @Key(
                        doc =
                                "In training: choose the checkpoints to keep"
                                        + " (`run.checkpoint.keep_best`) by the task's main"
                                        + " score instead of the loss.",
                        byDefault = "False")
                boolean chooseBest,
        @Key(
                        doc =
                                "CHAIR's synonyms for `describe`: one line per"
                                        + " object, the object first, separated by commas.")
                @Exists(value = Exists.Kind.FILE, howToGet = "put CHAIR's synonyms.txt there")
                Optional<Path> synonyms,
        @Key(doc = "COCO's instances for CHAIR: which objects are in a picture.")
                @Exists(
                        value = Exists.Kind.FILE,
                        howToGet = "put COCO's instances_val2014.json there")
                Optional<Path> instances)
        implements Checked {

    @Override
    public void check(SectionProblems problems) {
        if (task == EvalTask.VQA && annotations.isEmpty()) {
            problems.reject("annotations", "is missing; vqa needs people's answers", "task");
        }
        boolean questions =
                task == EvalTask.VQA
                        || task == EvalTask.GQA
                        || task == EvalTask.A_OKVQA
                        || task == EvalTask.POPE;
        if (questions && images.isEmpty()) {
            problems.reject("images", "is missing; questions need the folder of pictures", "task");
        }
        if (!imageName.contains("{")) {
            problems.reject(
                    "image_name", "is %s; give a name with {} for the id".formatted(imageName));
        }
    }
}
