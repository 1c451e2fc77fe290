package org.minigpt4j.config.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads files of upstream's main branch, which is newer than the version that this project follows.
 * Keys that have moved are renamed, with a notice for each.
 */
final class MainBranch {

    private static final String BATCH = "run.batch_size_train";

    private final List<String> notices = new ArrayList<>();
    private final Problems problems;
    private Tree.Mapping tree;

    private MainBranch(Tree.Mapping tree, Problems problems) {
        this.tree = tree;
        this.problems = problems;
    }

    /** A file with this project's keys, and a line for each key that moved. */
    record Translated(Tree.Mapping tree, List<String> notices) {}

    static Translated translate(Tree.Mapping file, Problems problems) {
        var main = new MainBranch(file, problems);
        boolean arch = main.rename("model.arch", "minigpt4", "mini_gpt4");
        boolean type = main.rename("model.model_type", "pretrain_vicuna0", "pretrain_vicuna");
        if (arch || type) {
            main.transforms();
        }
        main.batchSizes();
        main.jobName();
        main.wandb();
        return new Translated(main.tree, List.copyOf(main.notices));
    }

    private boolean rename(String key, String theirs, String ours) {
        Tree value = get(key);
        if (value == null || !theirs.equals(value.plain())) {
            return false;
        }
        put(key, new Tree.Scalar(value.origin(), ours));
        tell(value, key, "%s is called %s here".formatted(theirs, ours));
        return true;
    }

    /**
     * There, this name means the plain resize; in the version followed here it meant a random crop.
     */
    private void transforms() {
        for (String name : tree.section("datasets").entries().keySet()) {
            String processor = "datasets.%s.vis_processor.train".formatted(name);
            Tree transform = get(processor + ".name");
            if (transform != null
                    && "blip2_image_train".equals(transform.plain())
                    && get(processor + ".image_transform") == null) {
                var resize = new Tree.Scalar(transform.origin(), "resize");
                put(processor + ".image_transform", resize);
                tell(
                        transform,
                        processor + ".name",
                        "blip2_image_train of upstream's main branch is image_transform: resize");
            }
        }
    }

    /** There, each data set has its own batch size. */
    private void batchSizes() {
        Tree first = null;
        for (String name : tree.section("datasets").entries().keySet()) {
            String key = "datasets.%s.batch_size".formatted(name);
            Tree size = get(key);
            if (size == null) {
                continue;
            }
            remove(key);
            if (first == null && get(BATCH) == null) {
                first = size;
                put(BATCH, size);
                tell(size, key, "is %s here".formatted(BATCH));
            } else if (first == null || first.plain().equals(size.plain())) {
                tell(size, key, "is not used; %s is %s".formatted(BATCH, get(BATCH).plain()));
            } else {
                problems.add(
                        size.origin(),
                        key,
                        """
                        is %s and that of a data set before is %s; set %s, which all data sets\
                         share\
                        """
                                .formatted(size.plain(), first.plain(), BATCH));
            }
        }
    }

    private void jobName() {
        Tree name = get("run.job_name");
        if (name == null) {
            return;
        }
        remove("run.job_name");
        if (get("run.tracking.run_name") == null) {
            put("run.tracking.run_name", name);
            tell(name, "run.job_name", "is run.tracking.run_name here");
        } else {
            tell(name, "run.job_name", "is not used; run.tracking.run_name names the run");
        }
    }

    private void wandb() {
        Tree log = get("run.wandb_log");
        if (log != null) {
            remove("run.wandb_log");
            tell(log, "run.wandb_log", "is not used; run.tracking records the run for MLflow");
        }
    }

    private void tell(Tree value, String key, String what) {
        notices.add("%s: %s: %s".formatted(value.origin(), key, what));
    }

    private Tree get(String key) {
        Tree at = tree;
        for (String name : key.split("\\.")) {
            at = at instanceof Tree.Mapping section ? section.get(name) : null;
        }
        return at;
    }

    private void put(String key, Tree value) {
        tree = with(tree, List.of(key.split("\\.")), value);
    }

    private void remove(String key) {
        tree = with(tree, List.of(key.split("\\.")), null);
    }

    /** A copy of the section with another value at a key; null removes the key. */
    private static Tree.Mapping with(Tree.Mapping section, List<String> key, Tree value) {
        Map<String, Tree> entries = new LinkedHashMap<>(section.entries());
        String name = key.get(0);
        Tree there = value;
        if (key.size() > 1) {
            Tree inner = entries.get(name);
            there =
                    with(
                            inner instanceof Tree.Mapping mapping
                                    ? mapping
                                    : new Tree.Mapping(value.origin(), Map.of()),
                            key.subList(1, key.size()),
                            value);
        }
        if (there == null) {
            entries.remove(name);
        } else {
            entries.put(name, there);
        }
        return new Tree.Mapping(section.origin(), entries);
    }
}
