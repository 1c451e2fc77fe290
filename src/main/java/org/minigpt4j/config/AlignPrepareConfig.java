package org.minigpt4j.config;

import org.minigpt4j.config.bind.Binder;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.yaml.FileKind;
import org.minigpt4j.config.yaml.MergedConfig;
import org.minigpt4j.config.yaml.Problems;
import org.minigpt4j.config.yaml.YamlTree;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file for {@code prepare} about the curated pairs of stage 2; its only section, {@code align},
 * identifies it.
 */
public record AlignPrepareConfig(AlignConfig align, MergedConfig merged) {

    /** The sections at the top level of such a file. */
    record Sections(
            @Key(doc = "The folder of stage 2, to be checked or built.") AlignConfig align) {}

    /** Whether a file has the section {@code align}, so that this class loads it. */
    public static boolean isMeantBy(Path cfg) {
        return YamlTree.file(cfg, new Problems()).get("align") != null;
    }

    /**
     * Reads and checks a file like {@link TrainConfig#load}. Opens no data.
     *
     * @throws org.minigpt4j.UsageException with one line for each mistake
     */
    public static AlignPrepareConfig load(Path cfg, List<String> options) {
        var problems = new Problems();
        var merged = MergedConfig.read(cfg, FileKind.PREPARATION, options, problems);
        var binder = new Binder(problems);
        Sections sections = binder.bind(Sections.class, merged.tree());
        problems.throwIfAny();
        return new AlignPrepareConfig(sections.align(), merged);
    }

    /** The merged configuration as plain maps, lists and values; see {@link MergedConfig}. */
    public Map<String, Object> toMap() {
        return merged.toMap();
    }
}
