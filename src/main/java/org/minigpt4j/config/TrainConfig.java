package org.minigpt4j.config;

import com.google.gson.Gson;

import org.minigpt4j.config.bind.Binder;
import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.SectionProblems;
import org.minigpt4j.config.yaml.FileKind;
import org.minigpt4j.config.yaml.MergedConfig;
import org.minigpt4j.config.yaml.Problems;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A training file, merged with the built-in defaults and the command line, and checked.
 *
 * @param paths the files and folders that it names, by key
 */
public record TrainConfig(
        RunConfig run,
        ModelConfig model,
        Map<String, DatasetConfig> datasets,
        MergedConfig merged,
        Map<String, List<String>> paths) {

    private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");

    /** The sections at the top level of a training file. */
    record Sections(
            @Key(doc = "The task, the optimizer and the machine.") RunConfig run,
            @Key(doc = "The model and its files.") ModelConfig model,
            @Key(doc = "The data sets by name.") Map<String, DatasetConfig> datasets,
            @Key(doc = "Processors.", ignored = "each data set names its own")
                    Unused.Preprocess preprocess,
            @Key(doc = "Upstream's environment.", ignored = "nothing is downloaded") Unused.Env env)
            implements Checked {

        @Override
        public void check(SectionProblems problems) {
            datasets.forEach(
                    (name, dataset) ->
                            dataset.visProcessor()
                                    .check(
                                            "datasets.%s.vis_processor".formatted(name),
                                            model,
                                            problems));
            requireBatch("run.batch_size_train", run.batchSizeTrain(), problems);
            requireBatch("run.batch_size_eval", run.batchSizeEval(), problems);
            if (!model.freezeQformer() && run.cacheFeatures().isPresent()) {
                problems.reject(
                        "run.cache_features",
                        """
                        keeps what the Q-Former computed, and with model.freeze_qformer: False\
                         that changes with every update; leave it out\
                        """,
                        "model.freeze_qformer");
            }
            boolean noneHeldOut =
                    !datasets.isEmpty()
                            && datasets.values().stream()
                                    .allMatch(data -> data.buildInfo().valStorage().isEmpty());
            if (run.validSplits().equals(List.of("val")) && noneHeldOut) {
                problems.reject(
                        "run.valid_splits",
                        """
                        is [val], but no data set has such a split; give\
                         datasets.NAME.build_info.val_storage, or [] for none\
                        """,
                        datasets.keySet().stream()
                                .map("datasets.%s.build_info.val_storage"::formatted)
                                .toArray(String[]::new));
            }
        }

        /** Checks the size of a micro-batch: its pictures are in one buffer of at most 2 GB. */
        private void requireBatch(String key, int size, SectionProblems problems) {
            long picture = 3L * model.imageSize() * model.imageSize();
            if (size > Integer.MAX_VALUE / picture) {
                problems.reject(
                        key,
                        "is %d; a micro-batch can hold at most %d pictures of %d x %d"
                                .formatted(
                                        size,
                                        Integer.MAX_VALUE / picture,
                                        model.imageSize(),
                                        model.imageSize()),
                        "model.image_size");
            }
        }
    }

    /**
     * Reads a file and the tokens after {@code --options}, in either of upstream's forms ({@code
     * a.b=c ...} or {@code a.b c ...}). Opens no weights. Relative paths refer to the current
     * directory.
     *
     * @throws org.minigpt4j.UsageException with one line for each mistake
     */
    public static TrainConfig load(Path cfg, List<String> options) {
        return load(cfg, options, new Problems());
    }

    /** A configuration whose files may be missing, and a line for each missing file. */
    public record Planned(TrainConfig config, List<String> absent) {}

    /**
     * Reads a file like {@link #load}, for a forecast: weights and data may be missing.
     *
     * @throws org.minigpt4j.UsageException with one line for each other mistake
     */
    public static Planned plan(Path cfg, List<String> options) {
        var absent = new ArrayList<String>();
        TrainConfig config = load(cfg, options, Problems.withFilesAside(absent));
        return new Planned(config, List.copyOf(absent));
    }

    private static TrainConfig load(Path cfg, List<String> options, Problems problems) {
        var merged = MergedConfig.read(cfg, FileKind.TRAINING, options, problems);
        var binder = new Binder(problems);
        Sections sections = binder.bind(Sections.class, merged.tree());
        problems.throwIfAny();
        return new TrainConfig(
                sections.run(), sections.model(), sections.datasets(), merged, binder.paths());
    }

    /**
     * Options that name the same files from any folder: one absolute path for each key with a
     * relative path.
     */
    public List<String> absolutePaths() {
        var options = new ArrayList<String>();
        paths.forEach(
                (key, places) -> {
                    List<String> absolute = places.stream().map(TrainConfig::absolute).toList();
                    if (!absolute.equals(places)) {
                        String one = new Gson().toJson(absolute.get(0));
                        String value = places.size() == 1 ? one : new Gson().toJson(absolute);
                        options.add(key + "=" + value);
                    }
                });
        return options;
    }

    private static String absolute(String place) {
        boolean stays = place.isEmpty() || place.startsWith("/") || URI.matcher(place).matches();
        return stays ? place : Path.of(place).toAbsolutePath().toString();
    }

    /** Messages about keys that have moved; see {@link MergedConfig#notices}. */
    public List<String> notices() {
        return merged.notices();
    }

    /** Where a key was set: {@code file:line} or the option; see {@link MergedConfig}. */
    public String where(String key) {
        return merged.where(key);
    }

    /** The merged configuration as JSON under upstream's key names; see {@link MergedConfig}. */
    public String toJson(int indent) {
        return merged.toJson(indent);
    }

    /** The merged configuration by dotted keys; see {@link MergedConfig}. */
    public Map<String, String> flat() {
        return merged.flat();
    }

    /** The merged configuration as plain maps, lists and values; see {@link MergedConfig}. */
    public Map<String, Object> toMap() {
        return merged.toMap();
    }
}
