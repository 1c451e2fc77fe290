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

/** An evaluation from its configuration to its files: what {@code launch/eval} runs. */
public final class Evaluation {

    private final EvalConfig config;
    private final EvalTaskConfig task;
    private final Path folder;
    private final List<ForeignScorer> foreign;

    /**
     * An evaluation.
     *
     * @param folder for answers.jsonl, scores.json and report.html
     * @param foreign programs for further metrics of captions
     * @throws UsageException if the configuration asks nothing
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
     * Answers, scores, and writes it all down.
     *
     * @param tell hears sentences on the way
     * @throws InterruptedException if the thread is told to stop; what was answered is kept
     */
    public ScoreSheet run(AnswerRun.Progress progress, Consumer<String> tell)
            throws InterruptedException {
        Path checkpoint = config.model().ckpt().orElseThrow();
        String name = task.task().name().toLowerCase(Locale.ROOT);
        // Said before weights are loaded: what is wrong with the files.
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
