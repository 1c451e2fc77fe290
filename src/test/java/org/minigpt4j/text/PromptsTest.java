package org.minigpt4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class PromptsTest {

    private static final String TEMPLATE = "###Human: {} ###Assistant: ";

    @TempDir Path folder;

    @Test
    void linesWithAnImageAreTemplatedAndSplitAtIt() {
        Prompts prompts =
                read(
                        "<Img><ImageHere></Img> Describe this image in detail.\n"
                                + "a line without one\n"
                                + "<ImageHere>",
                        TEMPLATE);
        assertEquals(
                List.of(
                        new Prompts.Prompt(
                                "###Human: <Img>",
                                "</Img> Describe this image in detail. ###Assistant: "),
                        new Prompts.Prompt("###Human: ", " ###Assistant: ")),
                prompts.all());
    }

    @Test
    void filesAndTemplatesThatMakeNoPromptAreRefused() {
        assertThrows(UsageException.class, () -> read("no image\n", TEMPLATE));
        assertThrows(UsageException.class, () -> read("<ImageHere> <ImageHere>", TEMPLATE));
        assertThrows(UsageException.class, () -> read("<ImageHere>", "no hole"));
        assertThrows(UsageException.class, () -> read("<ImageHere>", "{} two holes {}"));
        assertThrows(UsageException.class, () -> Prompts.read(folder.resolve("missing"), TEMPLATE));
    }

    private Prompts read(String content, String template) {
        try {
            return Prompts.read(
                    Files.writeString(folder.resolve("prompts.txt"), content), template);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
