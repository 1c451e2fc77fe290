package org.minigpt4j.eval.answer;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.eval.ScoreSheet;
import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoresJson;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.train.EpochEvaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * {@code run.eval} during training: asks the current model the same questions at the end of each
 * epoch. Answers and scores go to {@code eval/step-N} in the output folder.
 */
public final class TrainingEvaluation implements EpochEvaluation, AutoCloseable {

    private final TrainConfig config;
    private final EvalTaskConfig task;
    private final String name;
    private final QuestionSets questions;
    private final Tokenizer tokenizer;
    private final Consumer<String> warn;

    private TrainingEvaluation(
            TrainConfig config,
            EvalTaskConfig task,
            QuestionSets questions,
            Tokenizer tokenizer,
            Consumer<String> warn) {
        this.config = config;
        this.task = task;
        this.questions = questions;
        this.tokenizer = tokenizer;
        this.warn = warn;
        name = task.task().name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads the questions that the configuration names.
     *
     * @param warn gets a message about each failed measurement; failures do not end the run
     * @return empty if the configuration has no {@code run.eval}
     * @throws UsageException if a file is malformed or a picture is missing
     */
    public static Optional<TrainingEvaluation> open(TrainConfig config, Consumer<String> warn) {
        Optional<EvalTaskConfig> task = config.run().eval();
        if (task.isEmpty()) {
            return Optional.empty();
        }
        Path cache = config.run().outputDir().resolve("eval").resolve("cache");
        QuestionSets questions = QuestionSets.open(task.get(), cache, List.of());
        try {
            Tokenizer tokenizer = Tokenizer.open(config.model().llamaModel());
            return Optional.of(
                    new TrainingEvaluation(config, task.get(), questions, tokenizer, warn));
        } catch (RuntimeException | Error e) {
            questions.close();
            throw e;
        }
    }

    @Override
    public Result of(int step, MiniGpt4 model) {
        Path folder =
                config.run().outputDir().resolve("eval").resolve("step-" + Integer.toString(step));
        PictureReader pictures =
                new PictureReader(
                        config.datasets()
                                .values()
                                .iterator()
                                .next()
                                .visProcessor()
                                .train()
                                .imageSize());
        try (ChatModel chat =
                ChatModel.over(
                        model,
                        tokenizer,
                        pictures,
                        ChatTemplate.of(config.model().modelType()),
                        precision(model))) {
            AnswerRun.forget(folder); // answers of an earlier run
            AnswerRun run =
                    new AnswerRun(
                            questions.set(),
                            List.of(chat),
                            task.batchSize(),
                            task.maxNewTokens(),
                            folder,
                            chat.trainedHash());
            ScoreSheet scores = questions.set().scoring().scores(run.run((done, all) -> {}));
            AtomicFile.writeString(folder.resolve("scores.json"), ScoresJson.of(scores));
            return result(scores);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the training loop stops at its next wait
        } catch (RuntimeException | LinkageError | IOException e) {
            warn.accept(
                    "run.eval: nothing measured after step %s: %s"
                            .formatted(Integer.toString(step), e.getMessage()));
        }
        return Result.NOTHING;
    }

    private ComputePrecision precision(MiniGpt4 model) {
        return ComputePrecision.of(
                config.run().precision(), model.manager().getDevice(), config.run().amp());
    }

    private Result result(ScoreSheet scores) {
        Map<String, Double> figures = ResultTracking.figures(name, scores);
        OptionalDouble selection = OptionalDouble.empty();
        if (task.chooseBest()) {
            selection =
                    scores.figures().stream()
                            .filter(figure -> figure.part().isEmpty())
                            .filter(figure -> figure.name().equals(questions.set().whole()))
                            .map(Figure::value)
                            .filter(OptionalDouble::isPresent)
                            .mapToDouble(OptionalDouble::getAsDouble)
                            .map(value -> questions.set().lowerIsBetter() ? value : -value)
                            .findFirst();
        }
        return new Result(figures, selection);
    }

    @Override
    public void close() {
        tokenizer.close();
        questions.close();
    }
}
