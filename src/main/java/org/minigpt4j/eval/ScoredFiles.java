package org.minigpt4j.eval;

import org.minigpt4j.eval.file.CaptionFile;
import org.minigpt4j.eval.file.Pairing;
import org.minigpt4j.eval.file.PopeFile;
import org.minigpt4j.eval.file.PopeLine;
import org.minigpt4j.eval.file.PopePairing;
import org.minigpt4j.eval.file.Prediction;
import org.minigpt4j.eval.file.PredictionFile;
import org.minigpt4j.eval.file.VqaFile;
import org.minigpt4j.eval.score.VqaQuestion;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of predictions to score against a file of references, in the formats of COCO, VQAv2 or
 * POPE.
 *
 * @param subset whether references without a prediction are allowed; they are ignored then
 */
public record ScoredFiles(Path references, Path predictions, boolean subset) {

    /**
     * Reads both files and scores the predictions.
     *
     * @param foreign programs for additional caption metrics
     * @throws org.minigpt4j.UsageException if a file is malformed or the two do not fit together
     */
    public ScoreSheet scores(ScoreTask task, List<ForeignScorer> foreign) {
        ScoreSheet scores =
                switch (task) {
                    case CAPTIONS -> captions(foreign);
                    case VQA -> vqa();
                    case POPE -> pope();
                };
        return scores.items().size() == scores.of() ? scores : withNote(scores);
    }

    private static ScoreSheet withNote(ScoreSheet scores) {
        List<String> notes = new ArrayList<>();
        notes.add(
                "a subset: %s of %s %ss%s"
                        .formatted(
                                Integer.toString(scores.items().size()),
                                Integer.toString(scores.of()),
                                scores.unit(),
                                scores.task().equals(ScoreTask.CAPTIONS.toString())
                                        ? "; CIDEr uses the word frequencies of this subset, so its scale differs"
                                        : ""));
        notes.addAll(scores.notes());
        return new ScoreSheet(
                scores.task(), scores.unit(), scores.of(), scores.figures(), scores.items(), notes);
    }

    private ScoreSheet captions(List<ForeignScorer> foreign) {
        CaptionFile file = CaptionFile.read(references);
        Map<String, String> said =
                texts(
                        Pairing.of(
                                references,
                                file.captions().keySet(),
                                predictions,
                                PredictionFile.captions(predictions),
                                subset));
        return new CaptionScoring(foreign).of(said, file.captions());
    }

    private ScoreSheet vqa() {
        Map<String, VqaQuestion> questions = VqaFile.annotations(references);
        return VqaScoring.of(
                texts(
                        Pairing.of(
                                references,
                                questions.keySet(),
                                predictions,
                                PredictionFile.answers(predictions),
                                subset)),
                questions);
    }

    private ScoreSheet pope() {
        List<PopeLine> labels = PopeFile.labels(references);
        Map<Integer, String> answers =
                PopePairing.of(
                        references, labels, predictions, PopeFile.answers(predictions), subset);
        List<PopeScoring.Pair> pairs = new ArrayList<>();
        answers.forEach((place, text) -> pairs.add(new PopeScoring.Pair(labels.get(place), text)));
        return PopeScoring.of(pairs, labels.size());
    }

    private static Map<String, String> texts(Map<String, Prediction> predictions) {
        Map<String, String> texts = new LinkedHashMap<>();
        predictions.forEach((id, prediction) -> texts.put(id, prediction.text()));
        return texts;
    }
}
