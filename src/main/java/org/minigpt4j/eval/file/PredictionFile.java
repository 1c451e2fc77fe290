package org.minigpt4j.eval.file;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a list of predictions in the result formats of COCO and VQAv2: one object per image or
 * question.
 */
public final class PredictionFile {

    private PredictionFile() {}

    /** Reads captions: {@code [{"image_id": 42, "caption": "a dog"}]}. */
    public static List<Prediction> captions(Path file) {
        return read(file, "image_id", "caption");
    }

    /** Reads answers: {@code [{"question_id": 42, "answer": "yes"}]}. */
    public static List<Prediction> answers(Path file) {
        return read(file, "question_id", "answer");
    }

    private static List<Prediction> read(Path file, String id, String text) {
        List<Prediction> predictions = new ArrayList<>();
        JsonEntries.read(file, entry -> predictions.add(prediction(entry, id, text)));
        if (predictions.isEmpty()) {
            throw new UsageException("%s contains no predictions".formatted(file));
        }
        return predictions;
    }

    static Prediction prediction(ForeignJson entry, String id, String text) {
        return new Prediction(entry.at(id).id(), entry.at(text).text(), entry.file());
    }
}
