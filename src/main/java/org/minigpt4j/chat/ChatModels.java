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
 * Named models that share their frozen parts, so each further model only costs the memory of its
 * projection. Each is a checkpoint; this allows asking the same question before and after a stage,
 * as the paper does.
 */
public final class ChatModels implements AutoCloseable {

    /** The default seed of training, from which its random projections come. */
    private static final long SEED = 42;

    /**
     * A checkpoint and its name in requests.
     *
     * @param path a path as in {@code model.ckpt}; empty for an untrained projection
     */
    public record Choice(String name, Optional<Path> path) {

        /** A description of where the projection comes from. */
        public String origin() {
            return path.map(it -> newest(it).toString()).orElse("random projection, not trained");
        }

        /** The newest checkpoint if the path is a run's folder; otherwise the path itself. */
        private static Path newest(Path path) {
            return RunFolder.isRun(path) ? new RunFolder(path).newest().orElse(path) : path;
        }
    }

    /**
     * A named model.
     *
     * @param origin a description of where its projection comes from
     */
    public record Entry(String name, String origin, ChatModel model) {}

    private final List<Entry> entries;
    private final boolean owner;

    private ChatModels(List<Entry> entries, boolean owner) {
        this.entries = List.copyOf(entries);
        this.owner = owner;
    }

    /** A single model; the caller must close it. */
    public static ChatModels of(String name, ChatModel model) {
        return new ChatModels(List.of(new Entry(name, name, model)), false);
    }

    /**
     * Loads the model of an evaluation file, and further checkpoints of it.
     *
     * @param name the name of the file's model, which is the default model
     * @param more the further checkpoints
     * @param loading called for each tensor that is loaded
     * @throws UsageException if a file is missing or does not fit, or if two checkpoints have the
     *     same name
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
            return TrainableValues.initialProjection(files.trainable(false), SEED);
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

    /** All models, the default one first. */
    public List<Entry> entries() {
        return entries;
    }

    /** The default model, used by requests that name none. */
    public Entry first() {
        return entries.get(0);
    }

    /** The model with this name; empty if there is none. */
    public Optional<Entry> named(String name) {
        return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
    }

    /** Closes the models that {@link #open} loaded. */
    @Override
    public void close() {
        if (owner) {
            for (int i = entries.size() - 1; i >= 0; i--) {
                entries.get(i).model().close();
            }
        }
    }
}
