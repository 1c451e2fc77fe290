package org.minigpt4j.nano.quick;

import java.util.List;
import java.util.Optional;

/**
 * A way to train the quickstart's model that differs in one thing, after the tables of the paper
 * (Zhu et al., 2023): a row of {@code docs/ablations.md}.
 *
 * @param name what the command is given
 * @param text what differs
 * @param stage1 options of stage 1, empty where it is left out
 * @param stage2 options of stage 2, empty where it is left out
 * @param conversations how many scenes stage 2 has
 */
public record Ablation(
        String name,
        String text,
        Optional<List<String>> stage1,
        Optional<List<String>> stage2,
        int conversations) {

    private static final int STEPS = 300;
    private static final int WARMUP = 30;

    private static final Optional<List<String>> LEFT_OUT = Optional.empty();
    private static final Optional<List<String>> AS_IS = Optional.of(List.of());

    private Ablation(
            String name,
            String text,
            Optional<List<String>> stage1,
            Optional<List<String>> stage2) {
        this(name, text, stage1, stage2, QuickstartFiles.CONVERSATIONS);
    }

    /** All of them, the unchanged one first. */
    public static final List<Ablation> ALL = all();

    private static List<Ablation> all() {
        return List.of(
                new Ablation("both", "both stages, as the quickstart has them", AS_IS, AS_IS),
                new Ablation(
                        "no-stage1",
                        "without stage 1",
                        LEFT_OUT,
                        Optional.of(List.of("model.ckpt=''"))),
                new Ablation("no-stage2", "without stage 2", AS_IS, LEFT_OUT),
                steps(10),
                steps(30),
                steps(50),
                everywhere("qformer", "the Q-Former tuned as well", "model.freeze_qformer=False"),
                everywhere(
                        "no-qformer",
                        "no Q-Former: groups of four patches instead",
                        "model.has_qformer=False"),
                everywhere(
                        "layers-3",
                        "three projection layers, with GELU between them",
                        "model.proj_layers=3"),
                conversations(30),
                conversations(100),
                everywhere("bf16", "bfloat16 instead of float32", "run.precision=bf16"),
                everywhere("int8", "the language model in 8 bits", "model.low_resource=True"));
    }

    private static Ablation steps(int percent) {
        int steps = STEPS * percent / 100;
        return new Ablation(
                "stage1-" + percent,
                percent + " % of stage 1's steps",
                Optional.of(
                        List.of(
                                "run.max_epoch=1",
                                "run.iters_per_epoch=" + steps,
                                "run.warmup_steps=" + WARMUP * percent / 100)),
                AS_IS);
    }

    private static Ablation conversations(int count) {
        return new Ablation(
                "conversations-" + count,
                "%d conversations in stage 2, for as many steps".formatted(count),
                AS_IS,
                AS_IS,
                count);
    }

    private static Ablation everywhere(String name, String text, String option) {
        return new Ablation(name, text, Optional.of(List.of(option)), Optional.of(List.of(option)));
    }

    /** The first with the same stage 1, which need not be trained again for this one. */
    public Ablation sameStage1() {
        return ALL.stream().filter(one -> one.stage1.equals(stage1)).findFirst().orElseThrow();
    }

    /** The one of this name. */
    public static Optional<Ablation> of(String name) {
        return ALL.stream().filter(one -> one.name.equals(name)).findFirst();
    }

    /** The names, in their order. */
    public static List<String> names() {
        return ALL.stream().map(Ablation::name).toList();
    }
}
