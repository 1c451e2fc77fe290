package org.minigpt4j.config.yaml;

import org.minigpt4j.UsageException;

import java.nio.file.Path;
import java.util.List;

/**
 * The purpose of a file, recognised by its sections. For a file of another kind, the error names
 * the right command.
 */
public enum FileKind {
    /** For training. */
    TRAINING("launch/train", "run, model and datasets", "run", "model", "datasets"),
    /** For evaluation or chat; a training file works too. */
    EVALUATION("evaluation", "run, model and datasets", "run", "model", "datasets"),
    /** For preparing the data of either stage. */
    PREPARATION("launch/prepare", "prepare and sources, or align", "prepare", "sources", "align");

    private static final List<String> SCHEDULE = List.of("lr_sched", "init_lr", "max_epoch");

    private final String user;
    private final String needs;
    private final List<String> marks;

    FileKind(String user, String needs, String... marks) {
        this.user = user;
        this.needs = needs;
        this.marks = List.of(marks);
    }

    /**
     * Refuses a file of another kind.
     *
     * @throws UsageException that names the purpose of the file
     */
    void require(Path file, Tree.Mapping sections) {
        FileKind other = this == PREPARATION ? TRAINING : PREPARATION;
        if (has(sections, other.marks) && !has(sections, marks)) {
            throw new UsageException(
                    "%s: is a file for %s: it has the section %s; %s needs the sections %s"
                            .formatted(
                                    file, other.user, first(sections, other.marks), user, needs));
        }
        if (this == TRAINING
                && sections.get("run") instanceof Tree.Mapping run
                && sections.get("model") != null
                && !has(run, SCHEDULE)) {
            throw new UsageException(
                    """
                    %s: is a file for evaluation: its section run has no %s; launch/train needs a\
                     file such as those in train_configs\
                    """
                            .formatted(file, String.join(", ", SCHEDULE)));
        }
    }

    private static boolean has(Tree.Mapping sections, List<String> names) {
        return names.stream().anyMatch(sections.entries()::containsKey);
    }

    private static String first(Tree.Mapping sections, List<String> names) {
        return names.stream().filter(sections.entries()::containsKey).findFirst().orElseThrow();
    }
}
