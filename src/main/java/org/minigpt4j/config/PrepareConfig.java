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
import java.util.regex.Pattern;

/** A file for {@code prepare}: lists of pictures on the web, and how to turn them into shards. */
public record PrepareConfig(
        PrepareRunConfig prepare,
        Map<String, PrepareSourceConfig> sources,
        FetchConfig fetch,
        FilterConfig filter,
        PictureConfig picture,
        MergedConfig merged) {

    /** The sections at the top level of such a file. */
    record Sections(
            @Key(doc = "What to prepare, and where to write it.") PrepareRunConfig prepare,
            @Key(doc = "The lists by name.") Map<String, PrepareSourceConfig> sources,
            @Key(doc = "How pictures are fetched.") FetchConfig fetch,
            @Key(doc = "Which pairs are downloaded.") FilterConfig filter,
            @Key(doc = "How pictures are resized and encoded.") PictureConfig picture)
            implements Checked {

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");

        @Override
        public void check(SectionProblems problems) {
            for (String name : sources.keySet()) {
                if (!NAME.matcher(name).matches()) {
                    problems.reject(
                            "sources." + name,
                            "must be the name of a folder; use letters, digits, _ and -");
                } else if (name.equals("tracking")) {
                    problems.reject(
                            "sources.tracking",
                            "is the name of the tracker's folder; choose another");
                }
            }
        }
    }

    /**
     * Reads and checks a file like {@link TrainConfig#load}. Opens no list.
     *
     * @throws org.minigpt4j.UsageException with one line for each mistake
     */
    public static PrepareConfig load(Path cfg, List<String> options) {
        var problems = new Problems();
        var merged = MergedConfig.read(cfg, FileKind.PREPARATION, options, problems);
        var binder = new Binder(problems);
        Sections sections = binder.bind(Sections.class, merged.tree());
        problems.throwIfAny();
        return new PrepareConfig(
                sections.prepare(),
                sections.sources(),
                sections.fetch(),
                sections.filter(),
                sections.picture(),
                merged);
    }

    /** The merged configuration by dotted keys; see {@link MergedConfig}. */
    public Map<String, String> flat() {
        return merged.flat();
    }

    /** The merged configuration as JSON; see {@link MergedConfig}. */
    public String toJson(int indent) {
        return merged.toJson(indent);
    }
}
