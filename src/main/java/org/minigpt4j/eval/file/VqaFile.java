package org.minigpt4j.eval.file;

import org.minigpt4j.UsageException;
import org.minigpt4j.eval.score.VqaAnswer;
import org.minigpt4j.eval.score.VqaQuestion;
import org.minigpt4j.io.ForeignJson;
import org.minigpt4j.io.ForeignText;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads VQAv2's two files: questions, and people's answers to them. */
public final class VqaFile {

    private final Path file;
    private final Map<String, VqaQuestion> questions = new TreeMap<>(IdOrder.INSTANCE);
    private final Map<String, String> places = new HashMap<>();
    private final Map<String, String> known = new HashMap<>(); // most answers repeat often

    private VqaFile(Path file) {
        this.file = file;
    }

    /** Reads the questions of an annotations file, by id. */
    public static Map<String, VqaQuestion> annotations(Path file) {
        VqaFile reader = new VqaFile(file);
        JsonEntries.in(file).list("annotations", reader::annotation).read();
        return reader.complete("annotations", reader.questions);
    }

    /** The text of a question and its image. */
    public record Asked(String image, String text) {}

    /** Reads the questions of a questions file, by id. */
    public static Map<String, Asked> asked(Path file) {
        VqaFile reader = new VqaFile(file);
        Map<String, Asked> asked = new TreeMap<>(IdOrder.INSTANCE);
        JsonEntries.in(file)
                .list(
                        "questions",
                        entry ->
                                asked.put(
                                        reader.newId(entry),
                                        new Asked(
                                                entry.at("image_id").id(),
                                                entry.at("question").text())))
                .read();
        return reader.complete("questions", asked);
    }

    private <T> Map<String, T> complete(String list, Map<String, T> read) {
        if (read.isEmpty()) {
            throw new UsageException(
                    "%s has no questions; VQAv2's file has the list \"%s\"".formatted(file, list));
        }
        return read;
    }

    private void annotation(ForeignJson entry) {
        List<VqaAnswer> answers = new ArrayList<>();
        for (ForeignJson answer : entry.at("answers").elements()) {
            Map<String, String> rest = new TreeMap<>();
            answer.members().forEach((key, value) -> rest.put(key, plain(value)));
            rest.remove("answer");
            answers.add(new VqaAnswer(once(answer.at("answer").text()), once(rest.toString())));
        }
        if (answers.isEmpty()) {
            throw entry.at("answers").wrong("a list of people's answers");
        }
        String id = newId(entry);
        questions.put(
                id,
                new VqaQuestion(
                        id,
                        once(entry.at("question_type").optionalText().orElse("")),
                        once(entry.at("answer_type").optionalText().orElse("")),
                        answers));
    }

    private String newId(ForeignJson entry) {
        String id = entry.at("question_id").id();
        String before = places.put(id, entry.file());
        if (before != null) {
            throw new UsageException(
                    "%s has the question_id %s, which %s already uses"
                            .formatted(entry.file(), ForeignText.line(id), before));
        }
        return id;
    }

    /** A text for a value: two values have the same text exactly if Python considers them equal. */
    private static String plain(ForeignJson value) {
        if (value.isText()) {
            return '"' + value.text() + '"';
        }
        if (value.isNumber()) {
            return Double.toString(value.number(-Double.MAX_VALUE, Double.MAX_VALUE));
        }
        if (value.isList()) {
            return value.elements().stream().map(VqaFile::plain).toList().toString();
        }
        if (value.isObject()) {
            Map<String, String> members = new TreeMap<>();
            value.members().forEach((key, member) -> members.put(key, plain(member)));
            return members.toString();
        }
        return value.isBoolean() ? Double.toString(value.truth(false) ? 1 : 0) : "null";
    }

    private String once(String text) {
        String first = known.putIfAbsent(text, text);
        return first == null ? text : first;
    }
}
