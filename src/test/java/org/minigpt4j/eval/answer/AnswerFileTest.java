package org.minigpt4j.eval.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class AnswerFileTest {

    private static final List<String> IDS = List.of("1", "b", "3");

    @TempDir Path temp;

    @Test
    void goesOnAfterTheLastWholeLineWhereverItWasCut() throws Exception {
        Path whole = temp.resolve("whole.jsonl");
        write(whole, 0);
        byte[] bytes = Files.readAllBytes(whole);
        for (int cut = 0; cut <= bytes.length; cut++) {
            Path file = temp.resolve("cut.jsonl");
            Files.write(file, Arrays.copyOf(bytes, cut));
            int kept;
            try (AnswerFile opened = AnswerFile.open(file, IDS)) {
                kept = opened.before().size();
            }
            write(file, kept);
            assertEquals(new String(bytes), Files.readString(file), "cut at " + cut);
        }
    }

    private static void write(Path file, int from) {
        try (AnswerFile opened = AnswerFile.open(file, IDS)) {
            for (String id : IDS.subList(from, IDS.size())) {
                opened.add(new Given(id, "a \"quoted\"\nline \u2028", true, 4, List.of(-1.25)));
            }
        }
    }

    @Test
    void answersToOtherQuestionsAreRefused() {
        Path file = temp.resolve("other.jsonl");
        write(file, 0);
        assertThrows(UsageException.class, () -> AnswerFile.open(file, List.of("1", "x", "3")));
    }
}
