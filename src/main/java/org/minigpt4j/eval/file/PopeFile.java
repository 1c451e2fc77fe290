package org.minigpt4j.eval.file;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ReadFailure;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads POPE's files: JSON lines of labels, and JSON lines of answers in the same order or with
 * ids.
 */
public final class PopeFile {

    private PopeFile() {}

    /**
     * Reads labels: {@code {"question_id": 1, "image": "x.jpg", "text": "Is there a dog in the
     * image?", "label": "yes"}}. {@code question} is accepted for {@code text} and {@code answer}
     * for {@code label}; {@code category} or {@code split} names a part.
     */
    public static List<PopeLine> labels(Path file) {
        return read(file, "label", "answer");
    }

    /** Reads answers: {@code {"question": "Is there a dog in the image?", "answer": "Yes."}}. */
    public static List<PopeLine> answers(Path file) {
        return read(file, "answer", "answer");
    }

    private static List<PopeLine> read(Path file, String text, String orText) {
        List<PopeLine> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    String place = "%s line %s".formatted(file, Integer.toString(number));
                    lines.add(line(ForeignJson.parse(place, line), text, orText));
                }
            }
        } catch (CharacterCodingException e) {
            throw new UsageException("%s is not in UTF-8; save it as UTF-8".formatted(file), e);
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        }
        if (lines.isEmpty()) {
            throw new UsageException("%s contains no lines".formatted(file));
        }
        return lines;
    }

    private static PopeLine line(ForeignJson json, String text, String orText) {
        ForeignJson said = json.at(text).isPresent() ? json.at(text) : json.at(orText);
        return new PopeLine(
                json.at("question_id").isPresent() ? json.at("question_id").id() : "",
                either(json, "question", text.equals("label") ? "text" : "question"),
                json.at("image").optionalText().orElse(""),
                either(json, "category", "split"),
                said.isPresent() ? said.text() : json.at(text).text(),
                json.file());
    }

    private static String either(ForeignJson json, String key, String other) {
        return json.at(key).optionalText().or(() -> json.at(other).optionalText()).orElse("");
    }
}
