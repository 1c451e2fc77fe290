package org.minigpt4j.text;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The instructions around the picture, one of which is drawn for each micro-batch. Stage 1 has
 * none.
 */
public record Prompts(List<Prompt> all) {

    private static final String IMAGE = "<ImageHere>";
    private static final String HOLE = "{}";

    /** The text before the picture and the text after it. */
    public record Prompt(String before, String after) {}

    /** Keeps a copy. */
    public Prompts {
        all = List.copyOf(all);
    }

    /** No instructions: the caption follows the picture at once. */
    public static Prompts none() {
        return new Prompts(List.of());
    }

    /**
     * The lines of {@code file} that contain {@code <ImageHere>}, each put into the template in
     * place of its {@code {}}.
     *
     * @throws UsageException if the file cannot be read, no line names the image, a line names it
     *     twice, or the template has not exactly one {@code {}}
     */
    public static Prompts read(Path file, String template) {
        int hole = template.indexOf(HOLE);
        if (hole < 0 || hole != template.lastIndexOf(HOLE)) {
            throw new UsageException(
                    "prompt_template \"%s\" must contain {} once, where the prompt goes."
                            .formatted(template));
        }
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new UsageException("prompt_path %s cannot be read.".formatted(file), e);
        }
        List<Prompt> prompts =
                lines.stream()
                        .filter(line -> line.contains(IMAGE))
                        .map(line -> split(template.replace(HOLE, line), file))
                        .toList();
        if (prompts.isEmpty()) {
            throw new UsageException(
                    "prompt_path %s has no line with %s, the place of the picture."
                            .formatted(file, IMAGE));
        }
        return new Prompts(prompts);
    }

    private static Prompt split(String prompt, Path file) {
        String[] parts = prompt.split(IMAGE, -1);
        if (parts.length != 2) {
            throw new UsageException(
                    "prompt_path %s: a prompt may name %s once: %s".formatted(file, IMAGE, prompt));
        }
        return new Prompt(parts[0], parts[1]);
    }
}
