package org.minigpt4j.cli.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

class QuestionsTest {

    /** Ready as long as there is more, as a terminal after a paste. */
    private static List<String> read(boolean terminal, String text) throws Exception {
        Questions questions =
                new Questions(
                        new BufferedReader(new StringReader(text)) {
                            private int left = text.length();

                            @Override
                            public String readLine() throws IOException {
                                String line = super.readLine();
                                left -= line == null ? 0 : line.length() + 1;
                                return line;
                            }

                            @Override
                            public boolean ready() {
                                return left > 0;
                            }
                        },
                        terminal);
        List<String> all = new ArrayList<>();
        for (String next = questions.next(); next != null; next = questions.next()) {
            all.add(next);
        }
        return all;
    }

    @Test
    void whatIsPastedTogetherIsOneQuestion() throws Exception {
        String pasted = " what is\n\tit?\n\nand why? \n/image a.jpg\n/again\nhow\nmany?\n";
        assertEquals(
                List.of("what is\n\tit?\n\nand why?", "/image a.jpg", "/again", "how\nmany?"),
                read(true, pasted));
    }

    @Test
    void aProgramAsksLineByLine() throws Exception {
        assertEquals(List.of("one", "", "two", "/quit"), read(false, "one\n\n two\n/quit"));
    }

    @Test
    void quotesKeepLinesTogetherAnywhere() throws Exception {
        String quoted = "\"\"\"one\n/two\n three\"\"\"\nfour\n\"\"\"five\"\"\"\n\"\"\"\nsix\n";
        for (boolean terminal : new boolean[] {true, false}) {
            assertEquals(
                    List.of("one\n/two\n three", "four", "five", "six"), read(terminal, quoted));
        }
    }
}
