package org.minigpt4j.cli.option;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModels;

import picocli.CommandLine.Option;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The option that opens additional checkpoints of a model for comparison. */
public final class CheckpointOptions {

    /** The word used in place of a path for an untrained projection. */
    private static final String UNTRAINED = "untrained";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    @Option(
            names = "--checkpoint",
            paramLabel = "NAME=PATH",
            description =
                    "Another checkpoint of the same model and a name for it; may be"
                            + " repeated. PATH is anything that model.ckpt accepts, or the word"
                            + " "
                            + UNTRAINED
                            + ". Each costs the memory of its projection alone.")
    private List<String> checkpoints = List.of();

    /**
     * The checkpoints given, in order.
     *
     * @throws UsageException if one is not written as NAME=PATH
     */
    public List<ChatModels.Choice> choices() {
        List<ChatModels.Choice> choices = new ArrayList<>();
        for (String text : checkpoints) {
            int equals = text.indexOf('=');
            String name = text.substring(0, Math.max(equals, 0));
            String path = text.substring(equals + 1);
            if (!NAME.matcher(name).matches() || path.isEmpty()) {
                throw new UsageException(
                        ("--checkpoint %s: write NAME=PATH; a name has letters, digits, dots,"
                                        + " dashes and underscores, at most 64")
                                .formatted(text));
            }
            choices.add(
                    new ChatModels.Choice(
                            name,
                            path.equals(UNTRAINED)
                                    ? Optional.empty()
                                    : Optional.of(path(text, path))));
        }
        return choices;
    }

    private static Path path(String text, String path) {
        try {
            return Path.of(path);
        } catch (InvalidPathException e) {
            throw new UsageException(
                    "--checkpoint %s: this is not a valid path: %s".formatted(text, e.getReason()),
                    e);
        }
    }
}
