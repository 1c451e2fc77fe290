package org.minigpt4j.config.yaml;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Merges like upstream, later layers override earlier ones: the built-in file of the model type and
 * of each data set, the user's file, the options. Unlike in upstream, options are applied before
 * the built-in files are chosen: {@code --options model.model_type=x} uses the defaults of x, and
 * {@code --options datasets.laion.sample_ratio=1} alone adds laion with its defaults.
 */
public final class Layers {

    /** The files that all model types share, and those that each adds. */
    static final Map<String, List<String>> MODELS =
            Map.of(
                    "pretrain_vicuna", List.of("models/minigpt4.yaml"),
                    "pretrain_vicuna_v1", List.of("models/minigpt4.yaml", "models/vicuna_v1.yaml"),
                    "pretrain_llama2", List.of("models/minigpt4.yaml", "models/llama2.yaml"),
                    "pretrain_llama3", List.of("models/minigpt4.yaml", "models/llama3.yaml"),
                    "pretrain_mistral", List.of("models/minigpt4.yaml", "models/mistral.yaml"),
                    "pretrain_qwen25", List.of("models/minigpt4.yaml", "models/qwen25.yaml"));

    public static final Map<String, String> DATASETS =
            Map.of(
                    "laion", "datasets/laion.yaml",
                    "cc_sbu", "datasets/cc_sbu.yaml",
                    "cc_sbu_align", "datasets/cc_sbu_align.yaml");

    private Layers() {}

    static MainBranch.Translated merge(
            Path cfg, FileKind kind, List<String> options, Problems problems) {
        Tree.Mapping user = YamlTree.file(cfg, problems);
        kind.require(cfg, user);
        Tree.Mapping overrides = Overrides.parse(options, problems);
        var chosen = MainBranch.translate(user.mergedWith(overrides), problems);
        return new MainBranch.Translated(
                defaultsFor(chosen.tree()).mergedWith(chosen.tree()), chosen.notices());
    }

    /** The built-in files for a configuration, in upstream's order of sections. */
    private static Tree.Mapping defaultsFor(Tree.Mapping chosen) {
        var none = Origin.builtIn("defaults", 0);
        var sections = new LinkedHashMap<String, Tree>();
        if (chosen.get("run") instanceof Tree.Mapping) {
            sections.put("run", new Tree.Mapping(none, Map.of()));
        }
        Tree type = chosen.section("model").get("model_type");
        if (type != null && MODELS.containsKey(String.valueOf(type.plain()))) {
            sections.putAll(model(MODELS.get(type.plain())).entries());
        }
        // A data set without a built-in file keeps its place, because the order is the user's.
        var datasets = new LinkedHashMap<String, Tree>();
        for (String name : chosen.section("datasets").entries().keySet()) {
            String file = DATASETS.get(name);
            Tree nothing = new Tree.Mapping(none, Map.of());
            datasets.put(name, file == null ? nothing : dataset(file, name));
        }
        if (!datasets.isEmpty()) {
            sections.put("datasets", new Tree.Mapping(none, datasets));
        }
        return new Tree.Mapping(none, sections);
    }

    private static Tree.Mapping model(List<String> files) {
        return files.stream().map(YamlTree::builtIn).reduce(Tree.Mapping::mergedWith).orElseThrow();
    }

    private static Tree dataset(String file, String name) {
        return YamlTree.builtIn(file).section("datasets").section(name);
    }
}
