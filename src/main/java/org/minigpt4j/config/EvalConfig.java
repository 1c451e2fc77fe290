package org.minigpt4j.config;

import org.minigpt4j.config.bind.Binder;
import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.SectionProblems;
import org.minigpt4j.config.yaml.FileKind;
import org.minigpt4j.config.yaml.MergedConfig;
import org.minigpt4j.config.yaml.Problems;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file for evaluation and chat: a trained model and its image processor. A training file that
 * names a checkpoint can be used too.
 */
public record EvalConfig(
        EvalRunConfig run,
        ModelConfig model,
        Map<String, EvalDatasetConfig> datasets,
        MergedConfig merged) {

    /** The sections at the top level of an evaluation file. */
    record Sections(
            @Key(doc = "The task and the machine.") EvalRunConfig run,
            @Key(doc = "The model and its files.") ModelConfig model,
            @Key(doc = "The processors, by data set.") Map<String, EvalDatasetConfig> datasets,
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
            if (model.ckpt().isEmpty()) {
                problems.reject(
                        "model.ckpt",
                        """
                        is missing; put the checkpoint of your own run there, or upstream's\
                         pretrained_minigpt4.pth: without a trained projection the model cannot\
                         see\
                        """);
            }
        }
    }

    /** Reads and checks a file like {@link TrainConfig#load}. */
    public static EvalConfig load(Path cfg, List<String> options) {
        var problems = new Problems();
        var merged = MergedConfig.read(cfg, FileKind.EVALUATION, options, problems);
        var binder = new Binder(problems);
        Sections sections = binder.bind(Sections.class, merged.tree());
        problems.throwIfAny();
        return new EvalConfig(sections.run(), sections.model(), sections.datasets(), merged);
    }

    /** The image processor of the first data set. */
    public VisProcessorConfig visProcessor() {
        return datasets.values().iterator().next().visProcessor().train();
    }

    /** Where a key was set: {@code file:line} or the option; see {@link MergedConfig}. */
    public String where(String key) {
        return merged.where(key);
    }

    /** The merged configuration as JSON under upstream's key names; see {@link MergedConfig}. */
    public String toJson(int indent) {
        return merged.toJson(indent);
    }

    /** The merged configuration as plain maps, lists and values; see {@link MergedConfig}. */
    public Map<String, Object> toMap() {
        return merged.toMap();
    }
}
