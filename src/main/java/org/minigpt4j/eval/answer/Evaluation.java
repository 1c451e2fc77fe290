package org.minigpt4j.eval.answer;

import ai.djl.Device;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoresJson;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.train.run.RunDevices;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** A whole evaluation, from its configuration to its result files. {@code launch/eval} runs it. */
public final class Evaluation {

    private final EvalConfig config;
    private final EvalTaskConfig task;
    private final Path folder;
    private final List<ForeignScorer> foreign;

    /**
     * Creates an evaluation.
     *
     * @param folder gets answers.jsonl, scores.json and report.html
     * @param foreign programs for additional caption metrics
     * @throws UsageException if the configuration has no {@code run.eval}
     */
    public Evaluation(EvalConfig config, Path folder, List<ForeignScorer> foreign) {
        this.config = config;
        this.folder = folder;
        this.foreign = List.copyOf(foreign);
        task =
                config.run()
                        .eval()
                        .orElseThrow(
                                () ->
                                        new UsageException(
                                                "run.eval is missing: it names the task and the"
                                                        + " data; eval_configs/quickstart_captions"
                                                        + ".yaml is an example"));
    }

    /**
     * Answers the questions, scores the answers and writes the result files.
     *
     * @param tell gets progress messages
     * @throws InterruptedException if the thread is interrupted; finished answers are kept
     */
    public ScoreSheet run(AnswerRun.Progress progress, Consumer<String> tell)
            throws InterruptedException {
        Path checkpoint = config.model().ckpt().orElseThrow();
        String name = task.task().name().toLowerCase(Locale.ROOT);
        // Report problems with the files before loading weights.
        try (QuestionSets questions = QuestionSets.open(task, folder.resolve("cache"), foreign)) {
            QuestionSet set = questions.set();
            List<ChatModel> models = new ArrayList<>();
            Map<String, Given> answers;
            try {
                for (Device device :
                        RunDevices.of(
                                config.run().devices(), config.run().device(), config::where)) {
                    models.add(ChatModel.open(config, device, (key, bytes) -> {}));
                }
                AnswerRun run =
                        new AnswerRun(
                                set,
                                models,
                                task.batchSize(),
                                task.maxNewTokens(),
                                folder,
                                "%s\n%s\n%s\n%s"
                                        .formatted(
                                                name,
                                                models.get(0).trainedHash(),
                                                Integer.toString(task.maxNewTokens()),
                                                config.toMap().get("model")));
                tell.accept(
                        "%s: %d to ask on %d device%s"
                                .formatted(
                                        name,
                                        set.questions().size(),
                                        models.size(),
                                        models.size() == 1 ? "" : "s"));
                answers = run.run(progress);
            } finally {
                models.forEach(ChatModel::close);
            }
            ScoreSheet scores = set.scoring().scores(answers);
            AtomicFile.writeString(folder.resolve("scores.json"), ScoresJson.of(scores));
            Path report = folder.resolve("report.html");
            AtomicFile.writeString(
                    report, new AnswerReport().html("Evaluation: " + name, set, scores));
            tell.accept(ResultTracking.record(checkpoint, name, scores, report));
            return scores;
        }
    }
}
