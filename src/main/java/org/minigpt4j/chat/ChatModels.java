package org.minigpt4j.chat;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.model.WeightLoader;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Models by name that share their frozen parts, so that one more costs its projection alone. Each
 * is a checkpoint: the paper asks the same question before and after a stage.
 */
public final class ChatModels implements AutoCloseable {

    /** Where the random projections of training start by default. */
    private static final long SEED = 42;

    /**
     * A checkpoint under the name that callers know it by.
     *
     * @param path as {@code model.ckpt} names one; empty for a projection that never learned
     */
    public record Choice(String name, Optional<Path> path) {

        /** Where it comes from, in words. */
        public String origin() {
            return path.map(it -> newest(it).toString()).orElse("random projection, not trained");
        }

        /** Of a run's folder, the checkpoint that is read. */
        private static Path newest(Path path) {
            return RunFolder.isRun(path) ? new RunFolder(path).newest().orElse(path) : path;
        }
    }

    /**
     * One of them.
     *
     * @param origin where its projection comes from, in words
     */
    public record Entry(String name, String origin, ChatModel model) {}

    private final List<Entry> entries;
    private final boolean owner;

    private ChatModels(List<Entry> entries, boolean owner) {
        this.entries = List.copyOf(entries);
        this.owner = owner;
    }

    /** One model, which stays the caller's to close. */
    public static ChatModels of(String name, ChatModel model) {
        return new ChatModels(List.of(new Entry(name, name, model)), false);
    }

    /**
     * Loads what an evaluation file names, and further checkpoints for it.
     *
     * @param name of the model that the file names, which is the default
     * @param more checkpoints to be asked as well
     * @param loading told of every tensor as it is loaded
     * @throws UsageException if a file is missing or does not fit, or two have one name
     */
    public static ChatModels open(
            EvalConfig config, String name, List<Choice> more, WeightLoader.Progress loading) {
        List<Choice> choices = new ArrayList<>();
        choices.add(new Choice(name, config.model().ckpt()));
        choices.addAll(more);
        requireNames(choices);
        List<TrainableValues> trained = new ArrayList<>();
        ChatModel base =
                ChatModel.open(
                        config,
                        files -> {
                            choices.forEach(c -> trained.add(read(config, c, files)));
                            return trained.get(0);
                        },
                        loading);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            Choice choice = choices.get(i);
            ChatModel model = i == 0 ? base : base.with(trained.get(i));
            entries.add(new Entry(choice.name(), choice.origin(), model));
        }
        return new ChatModels(entries, true);
    }

    private static void requireNames(List<Choice> choices) {
        Set<String> names = new HashSet<>();
        for (Choice choice : choices) {
            if (!names.add(choice.name())) {
                throw new UsageException(
                        "Two checkpoints have the name %s; give each its own."
                                .formatted(choice.name()));
            }
        }
    }

    private static TrainableValues read(EvalConfig config, Choice choice, ModelFiles files) {
        if (choice.path().isEmpty()) {
            return TrainableValues.initialProjection(
                    files.llama().hidden(), files.qformer().width(), SEED);
        }
        Path path = choice.path().get();
        String setting = "checkpoint %s".formatted(choice.name());
        if (choice.path().equals(config.model().ckpt())) {
            setting = ChatModel.setting(config);
        } else if (!Files.exists(path)) {
            throw new UsageException("%s: %s does not exist".formatted(setting, path));
        }
        return TrainedTensors.completed(path, setting, files);
    }

    /** All of them, the default first. */
    public List<Entry> entries() {
        return entries;
    }

    /** The one that answers where nobody names one. */
    public Entry first() {
        return entries.get(0);
    }

    /** The one of that name. */
    public Optional<Entry> named(String name) {
        return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
    }

    /** Closes what {@link #open} loaded. */
    @Override
    public void close() {
        if (owner) {
            for (int i = entries.size() - 1; i >= 0; i--) {
                entries.get(i).model().close();
            }
        }
    }
}
