package org.minigpt4j.eval.answer;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.config.EvalTask;
import org.minigpt4j.config.EvalTaskConfig;
import org.minigpt4j.data.StoredPairs;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.eval.CaptionScoring;
import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.PopeScoring;
import org.minigpt4j.eval.VqaScoring;
import org.minigpt4j.eval.file.CaptionFile;
import org.minigpt4j.eval.file.PopeFile;
import org.minigpt4j.eval.file.PopeLine;
import org.minigpt4j.eval.file.VqaFile;
import org.minigpt4j.eval.score.VqaAnswer;
import org.minigpt4j.eval.score.VqaQuestion;
import org.minigpt4j.io.ForeignJson;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads the questions that a configuration names. */
public final class QuestionSets implements AutoCloseable {

    private static final String SHORT = "{} Answer with one word or a short phrase.";
    private static final String YES_OR_NO = "{} Please answer yes or no.";
    private static final String DESCRIBE = "Describe the image in detail.";
    private static final String CAPTION = "Could you describe the contents of this image for me?";

    private final EvalTaskConfig config;
    private final List<ForeignScorer> foreign;
    private StoredPairs pairs;
    private QuestionSet set;

    private QuestionSets(EvalTaskConfig config, List<ForeignScorer> foreign) {
        this.config = config;
        this.foreign = foreign;
    }

    /**
     * Reads the questions.
     *
     * @param cache a local folder for the indexes of shards
     * @throws UsageException if a file is malformed or a picture is missing
     */
    public static QuestionSets open(
            EvalTaskConfig config, Path cache, List<ForeignScorer> foreign) {
        QuestionSets opened = new QuestionSets(config, foreign);
        try {
            opened.set =
                    switch (config.task()) {
                        case CAPTIONS, DESCRIBE -> opened.pictures(cache);
                        case VQA -> opened.vqa();
                        case GQA -> opened.gqa();
                        case A_OKVQA -> opened.choices();
                        case POPE -> opened.pope();
                    };
            if (opened.set.questions().isEmpty()) {
                throw new UsageException("%s contains no questions".formatted(config.data()));
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** The questions. */
    public QuestionSet set() {
        return set;
    }

    private String prompt(String question, String otherwise) {
        return config.prompt().orElse(otherwise).replace("{}", question);
    }

    private boolean isFull(int asked) {
        return config.samples() > 0 && asked >= config.samples();
    }

    private ImageFiles images() {
        return new ImageFiles(
                config.images().orElseThrow(() -> new UsageException("run.eval.images is missing")),
                config.imageName());
    }

    private QuestionSet pictures(Path cache) {
        Map<String, Question.Picture> files = new LinkedHashMap<>();
        Map<String, List<String>> references = new LinkedHashMap<>();
        if (config.format() == DatasetFormat.COCO_CAPTIONS) {
            CaptionFile file = CaptionFile.read(Path.of(config.data()));
            references.putAll(file.captions());
            ImageFiles images = images();
            Map<String, String> names = CaptionFile.names(Path.of(config.data()));
            for (String id : references.keySet()) {
                if (isFull(files.size())) {
                    break;
                }
                files.put(
                        id,
                        names.containsKey(id) && config.imageName().equals("{}.jpg")
                                ? images.named(names.get(id))
                                : images.ofId(id));
            }
            images.requireAll();
        } else {
            pairs = StoredPairs.of(config.format(), List.of(config.data()), cache);
            requireWhole();
            for (int i = 0; i < pairs.size(); i++) {
                int number = i;
                StoredPairs.Pair pair = caption(number);
                references
                        .computeIfAbsent(pair.key(), key -> new ArrayList<>())
                        .add(pair.caption());
                if (!files.containsKey(pair.key()) && !isFull(files.size())) {
                    files.put(pair.key(), () -> read(number, true).image());
                }
            }
        }
        boolean captions = config.task() == EvalTask.CAPTIONS;
        List<Question> questions = new ArrayList<>();
        files.forEach(
                (id, picture) ->
                        questions.add(
                                new Question(
                                        id,
                                        picture,
                                        prompt("", captions ? CAPTION : DESCRIBE).strip(),
                                        List.of(),
                                        references.get(id))));
        return captions
                ? new QuestionSet(
                        questions,
                        references.size(),
                        "CIDEr",
                        "CIDEr",
                        answers -> new CaptionScoring(foreign).of(texts(answers), references))
                : new QuestionSet(
                        questions,
                        references.size(),
                        LongAnswers.FAILURES,
                        LongAnswers.FAILURES,
                        answers ->
                                new LongAnswers(Chair.open(config, references))
                                        .scores(answers, references.size()));
    }

    /** Fails if any part of the data cannot be used, instead of skipping it silently. */
    private void requireWhole() {
        long lost = pairs.flaws().stream().mapToLong(Skip::pairs).sum();
        if (lost > 0) {
            Skip one = pairs.flaws().stream().filter(f -> f.pairs() > 0).findFirst().orElseThrow();
            throw new UsageException(
                    "%s: %s of %s pairs cannot be used, such as %s: %s"
                            .formatted(
                                    config.data(),
                                    Long.toString(lost),
                                    Long.toString(lost + pairs.size()),
                                    one.key(),
                                    one.detail()));
        }
    }

    private StoredPairs.Pair caption(int number) {
        try {
            return read(number, false);
        } catch (IOException e) {
            throw new UsageException("%s: %s".formatted(config.data(), e.getMessage()), e);
        }
    }

    private StoredPairs.Pair read(int number, boolean withImage) throws IOException {
        try {
            return pairs.read(number, withImage);
        } catch (StoredPairs.UnusablePairException e) {
            throw new IOException("%s: %s".formatted(e.key(), e.getMessage()), e);
        }
    }

    private static Map<String, String> texts(Map<String, Given> answers) {
        Map<String, String> texts = new LinkedHashMap<>();
        answers.forEach((id, given) -> texts.put(id, given.text()));
        return texts;
    }

    private QuestionSet vqa() {
        Map<String, VqaFile.Asked> asked = VqaFile.asked(Path.of(config.data()));
        Map<String, VqaQuestion> people = VqaFile.annotations(config.annotations().orElseThrow());
        Set<String> without = new TreeSet<>(asked.keySet());
        without.removeAll(people.keySet());
        if (!without.isEmpty()) {
            throw new UsageException(
                    "%s of %s questions of %s have no answers in %s, such as %s"
                            .formatted(
                                    Integer.toString(without.size()),
                                    Integer.toString(asked.size()),
                                    config.data(),
                                    config.annotations().get(),
                                    without.iterator().next()));
        }
        ImageFiles images = images();
        List<Question> questions = new ArrayList<>();
        for (Map.Entry<String, VqaFile.Asked> one : asked.entrySet()) {
            if (isFull(questions.size())) {
                break;
            }
            questions.add(
                    new Question(
                            one.getKey(),
                            images.ofId(one.getValue().image()),
                            prompt(one.getValue().text(), SHORT),
                            List.of(),
                            people.get(one.getKey()).answers().stream()
                                    .map(VqaAnswer::text)
                                    .toList()));
        }
        images.requireAll();
        return new QuestionSet(
                questions,
                people.size(),
                "accuracy",
                VqaScoring.OVERALL,
                answers -> VqaScoring.of(texts(answers), people));
    }

    /**
     * GQA's file is an object: {@code {"ID": {"imageId": ..., "question": ..., "answer": ...}}}.
     */
    private QuestionSet gqa() {
        ImageFiles images = images();
        List<Question> questions = new ArrayList<>();
        Map<String, ForeignJson> all = ForeignJson.read(Path.of(config.data())).members();
        for (Map.Entry<String, ForeignJson> one : all.entrySet()) {
            if (isFull(questions.size())) {
                break;
            }
            questions.add(
                    new Question(
                            one.getKey(),
                            images.ofId(one.getValue().at("imageId").id()),
                            prompt(one.getValue().at("question").text(), SHORT),
                            List.of(),
                            List.of(one.getValue().at("answer").text())));
        }
        images.requireAll();
        return new QuestionSet(
                questions,
                all.size(),
                ExactAnswers.ACCURACY,
                ExactAnswers.ACCURACY,
                answers -> ExactAnswers.scores("gqa", questions, answers, all.size()));
    }

    /** A-OKVQA's file is a list with {@code choices} and {@code correct_choice_idx}. */
    private QuestionSet choices() {
        ImageFiles images = images();
        List<Question> questions = new ArrayList<>();
        Set<String> ids = new TreeSet<>();
        List<ForeignJson> all = ForeignJson.read(Path.of(config.data())).elements();
        for (ForeignJson one : all) {
            if (isFull(questions.size())) {
                break;
            }
            List<String> choices =
                    one.at("choices").elements().stream().map(ForeignJson::text).toList();
            int right = one.at("correct_choice_idx").integer(0, choices.size() - 1);
            String id = one.at("question_id").id();
            if (!ids.add(id)) {
                throw one.at("question_id").wrong("an id that no other question has");
            }
            questions.add(
                    new Question(
                            id,
                            images.ofId(one.at("image_id").id()),
                            prompt(one.at("question").text(), SHORT),
                            choices,
                            List.of(choices.get(right))));
        }
        images.requireAll();
        return new QuestionSet(
                questions,
                all.size(),
                ExactAnswers.ACCURACY,
                ExactAnswers.ACCURACY,
                answers ->
                        ExactAnswers.scores(
                                "a_okvqa multiple choice", questions, answers, all.size()));
    }

    private QuestionSet pope() {
        ImageFiles images = images();
        List<PopeLine> lines = PopeFile.labels(Path.of(config.data()));
        List<Question> questions = new ArrayList<>();
        Map<String, PopeLine> byId = new LinkedHashMap<>();
        for (PopeLine line : lines) {
            if (isFull(questions.size())) {
                break;
            }
            String id = line.id().isEmpty() ? Integer.toString(questions.size() + 1) : line.id();
            if (byId.put(id, line) != null) {
                throw new UsageException("%s repeats the id %s".formatted(line.place(), id));
            }
            questions.add(
                    new Question(
                            id,
                            images.named(line.image()),
                            prompt(line.question(), YES_OR_NO),
                            List.of(),
                            List.of(line.text())));
        }
        images.requireAll();
        return new QuestionSet(
                questions,
                lines.size(),
                "accuracy",
                "accuracy",
                answers ->
                        PopeScoring.of(
                                answers.entrySet().stream()
                                        .map(
                                                given ->
                                                        new PopeScoring.Pair(
                                                                byId.get(given.getKey()),
                                                                given.getValue().text()))
                                        .toList(),
                                lines.size()));
    }

    @Override
    public void close() {
        if (pairs != null) {
            pairs.close();
        }
    }
}
