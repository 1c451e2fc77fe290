package org.minigpt4j.config;

/** The learning-rate schedules of upstream's registry ({@code run.lr_sched}). */
public enum LrSched {
    /** Linear warm-up, then a cosine from {@code init_lr} to {@code min_lr}. */
    LINEAR_WARMUP_COSINE_LR,
    /** Linear warm-up in the first epoch, then {@code init_lr * lr_decay_rate^epoch}. */
    LINEAR_WARMUP_STEP_LR
}
