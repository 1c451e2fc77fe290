package org.minigpt4j.config;

import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.OneOf;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SectionProblems;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The section {@code run} of a training file: the task, the optimizer and the machine. */
public record RunConfig(
        @Key(doc = "The training task.")
                @OneOf(
                        value = "image_text_pretrain",
                        otherwise = "both stages of MiniGPT-4 are this task")
                String task,
        @Key(doc = "The training loop.", byDefault = "runner_base")
                @OneOf(value = "runner_base", otherwise = "there is no other loop")
                String runner,
        @Key(doc = "How the learning rate changes.") LrSched lrSched,
        @Key(doc = "Peak learning rate, reached at the end of the warm-up.") @Range(above = 0)
                double initLr,
        @Key(doc = "The learning rate the schedule falls to.") @Range(min = 0) double minLr,
        @Key(
                        doc = "Learning rate at the first warm-up step; below 0 means `init_lr`.",
                        byDefault = "-1")
                double warmupLr,
        @Key(
                        doc =
                                "Warm-up steps. Upstream counts them from the start of each epoch,"
                                        + " so a warm-up longer than an epoch starts over.",
                        byDefault = "0")
                @Range(min = 0)
                int warmupSteps,
        @Key(
                        doc =
                                "`epoch`: as in upstream, the warm-up counts steps within the"
                                        + " epoch, so one longer than an epoch starts over in each."
                                        + " `global`: it counts the steps of the run.",
                        byDefault = "epoch",
                        ours = true)
                Warmup warmup,
        @Key(doc = "Factor per epoch of `linear_warmup_step_lr`, which needs it.") @Range(above = 0)
                Optional<Double> lrDecayRate,
        @Key(doc = "AdamW's decoupled weight decay; biases are not decayed.") @Range(min = 0)
                double weightDecay,
        @Key(doc = "AdamW's second-moment decay.", byDefault = "0.999") @Range(min = 0, below = 1)
                double beta2,
        @Key(doc = "Number of epochs.") @Range(min = 1) int maxEpoch,
        @Key(
                        doc =
                                "Steps per epoch. Without it 10000, as in upstream,"
                                        + " whose training data has no length.")
                @Range(min = 1)
                Optional<Integer> itersPerEpoch,
        @Key(doc = "Samples per step on each rank.") @Range(min = 1) int batchSizeTrain,
        @Key(doc = "Samples in a micro-batch of held-out data.", byDefault = "64") @Range(min = 1)
                int batchSizeEval,
        @Key(
                        doc = "Steps whose gradients are summed (not averaged) before an update.",
                        byDefault = "1")
                @Range(min = 1)
                int accumGradIters,
        @Key(
                        doc =
                                "`sum`: as in upstream, gradients of `accum_grad_iters` steps are"
                                        + " added up, so accumulating acts like a larger learning"
                                        + " rate before AdamW's normalisation. `mean`: they are"
                                        + " averaged, as with a larger batch.",
                        byDefault = "sum",
                        ours = true)
                Accumulation accumulation,
        @Key(
                        doc =
                                "Micro-batches of `batch_size_train` samples in a"
                                        + " step; corresponds to upstream's world size. The result"
                                        + " depends on it, but not on how many devices share the"
                                        + " work. Without it: the number of devices the run was"
                                        + " started with.",
                        ours = true)
                @Range(min = 1)
                Optional<Integer> microBatches,
        @Key(
                        doc =
                                "`rank`: as in upstream, the mean over the labelled tokens of each"
                                        + " micro-batch, then the mean of those, so a token in a"
                                        + " micro-batch of short captions weighs more. `tokens`:"
                                        + " the mean over all labelled tokens of the step.",
                        byDefault = "rank",
                        ours = true)
                LossReduction lossReduction,
        @Key(
                        doc =
                                "Clip gradients to this Euclidean norm. Without it"
                                        + " they are not clipped, as in upstream.",
                        ours = true)
                @Range(above = 0)
                Optional<Double> maxGradNorm,
        @Key(
                        doc =
                                "Updates in a row that may be skipped because the"
                                        + " gradient is not finite; one more ends the run and"
                                        + " writes the batch to a file.",
                        byDefault = "20",
                        ours = true)
                @Range(min = 0)
                int maxSkips,
        @Key(doc = "Mixed precision with loss scaling on CUDA.", byDefault = "False") boolean amp,
        @Key(
                        doc =
                                "Number format of weights and matrix products. `auto`: fp32 on a"
                                        + " CPU; on CUDA fp16 when `amp` is True, else fp32.",
                        byDefault = "auto",
                        ours = true)
                Precision precision,
        @Key(
                        doc =
                                "Where to compute. `auto` uses a GPU if there is one."
                                        + " Upstream's files say `cuda`; upstream has no"
                                        + " default.",
                        byDefault = "auto")
                DeviceKind device,
        @Key(
                        doc =
                                "The devices that share a step, one replica each: GPU"
                                        + " numbers such as `[0, 1, 2, 3]`, one of them twice"
                                        + " for two replicas that share its weights, or `cpu x"
                                        + " 2` for replicas on the processor. `auto`: all GPUs,"
                                        + " or one replica on the processor, depending on"
                                        + " `device`. Any other value overrides `device`.",
                        byDefault = "auto",
                        ours = true)
                List<DeviceEntry> devices,
        @Key(
                        doc =
                                "Hosts of a Spark cluster that share a step, each with all of its"
                                        + " `devices`; more than 1 needs `launch/spark/... train`."
                                        + " The result does not depend on it.",
                        byDefault = "1",
                        ours = true)
                @Range(min = 1)
                int hosts,
        @Key(
                        doc =
                                "Hosts below which a run saves and waits for more."
                                        + " Without it: 1, so that the last host continues"
                                        + " alone.",
                        ours = true)
                @Range(min = 1)
                Optional<Integer> minHosts,
        @Key(
                        doc =
                                "Seconds of silence after which a host counts as lost"
                                        + " and the others take over its work. A host whose"
                                        + " process ended is noticed in less than a second.",
                        byDefault = "5",
                        ours = true)
                @Range(min = 1)
                double hostSilence,
        @Key(
                        doc = "Seconds that a run waits below `min_hosts` before it ends.",
                        byDefault = "600",
                        ours = true)
                @Range(min = 0)
                double hostWait,
        @Key(
                        doc =
                                "On several hosts: give slow ones fewer micro-batches of a step. It"
                                        + " does not change the result. Slow hosts are always"
                                        + " reported on the terminal.",
                        byDefault = "true",
                        ours = true)
                boolean balance,
        @Key(
                        doc =
                                "Send gradients between hosts in bf16: half the bytes, with its"
                                        + " rounding. The result then depends on the number of"
                                        + " hosts.",
                        byDefault = "false",
                        ours = true)
                boolean hostBf16,
        @Key(
                        doc =
                                "CPU threads each replica may use; 0 means all cores. A sum's"
                                        + " rounding may depend on it, so it does not change with"
                                        + " the number of replicas.",
                        byDefault = "0",
                        ours = true)
                @Range(min = 0)
                int threads,
        @Key(doc = "Seed of every random stream.") @Range(min = 0, max = 4294967295.0) long seed,
        @Key(
                        doc =
                                "Folder for checkpoints and logs. Relative paths are"
                                        + " relative to the current directory (upstream: to its"
                                        + " package folder).")
                @Exists(
                        value = Exists.Kind.OUTPUT_FOLDER,
                        howToGet = "name a folder on this machine; it is created if necessary")
                Path outputDir,
        @Key(doc = "A checkpoint to continue from, with its optimizer and epoch.")
                @Exists(
                        value = Exists.Kind.FILE_OR_FOLDER,
                        howToGet = "name a checkpoint in the output folder of a run, or null")
                Optional<Path> resumeCkptPath,
        @Key(doc = "When to save and what to keep.", ours = true) CheckpointConfig checkpoint,
        @Key(doc = "Where the run is recorded for MLflow.", ours = true) TrackingConfig tracking,
        @Key(doc = "Captions of a few samples during training.", ours = true) SamplesConfig samples,
        @Key(
                        doc =
                                "The evaluation at the end of each epoch, and of"
                                        + " `launch/eval`. It does not change the training.",
                        ours = true)
                Optional<EvalTaskConfig> eval,
        @Key(
                        doc =
                                "Classes on the class path that implement DJL's"
                                        + " `TrainingListener`; they are called at every step"
                                        + " and epoch.",
                        byDefault = "[]",
                        ours = true)
                List<String> listeners,
        @Key(
                        doc =
                                "A device's peak in 10^12 operations a second; MFU is"
                                        + " relative to it. Without it: the rate of a large"
                                        + " matrix product, measured when the run starts.",
                        ours = true)
                @Range(above = 0)
                Optional<Double> peakTflops,
        @Key(
                        doc =
                                "Share of unusable samples above which the run stops, computed as if"
                                        + " at least 10000 had been seen. 1 never stops.",
                        byDefault = "0.001",
                        ours = true)
                @Range(min = 0, max = 1)
                double maxBadFraction,
        @Key(
                        doc =
                                "`passes`: every sample once per pass. `upstream`: with replacement,"
                                        + " like upstream's shard resampling.",
                        byDefault = "passes",
                        ours = true)
                Sampling sampling,
        @Key(
                        doc =
                                "Micro-batches within which samples are sorted by the length of"
                                        + " their captions, so that less is padded; 1 sorts"
                                        + " nothing.",
                        byDefault = "1",
                        ours = true)
                @Range(min = 1)
                int lengthWindow,
        @Key(
                        doc =
                                "GiB of remote shards (`hdfs://`, `s3a://`) kept on this machine;"
                                        + " two windows of 16 shards should fit.",
                        byDefault = "20",
                        ours = true)
                @Range(above = 0)
                double shardCacheGb,
        @Key(
                        doc =
                                "Folder that stores the image encoders' output, so"
                                        + " that it is computed only once per sample. Needs the"
                                        + " plain resize for every data set.",
                        ours = true)
                @Exists(
                        value = Exists.Kind.OUTPUT_FOLDER,
                        howToGet = "name a folder on this machine; it is created if necessary")
                Optional<Path> cacheFeatures,
        @Key(
                        doc = "Number format of the stored features; `auto` is fp16.",
                        byDefault = "auto",
                        ours = true)
                Precision cacheFeaturesPrecision,
        @Key(doc = "Steps between two progress lines.", byDefault = "50") @Range(min = 1)
                int logFreq,
        @Key(doc = "Evaluate without training.", byDefault = "False")
                @OneOf(
                        value = "False",
                        otherwise = "this file is for training, and upstream's task has no test")
                boolean evaluate,
        @Key(doc = "The splits to train on.", byDefault = "[train]")
                @OneOf(value = "train", otherwise = "the data sets have no other split")
                List<String> trainSplits,
        @Key(
                        doc =
                                "`[val]`: after each epoch, measure the loss on the"
                                        + " data sets' `build_info.val_storage`, and choose the"
                                        + " best checkpoint by it. Upstream's task evaluates"
                                        + " nothing.",
                        byDefault = "[]")
                List<String> validSplits,
        @Key(
                        doc =
                                "Held-out samples to measure in each data set, always the"
                                        + " same ones; all of them if there are fewer.",
                        byDefault = "1000",
                        ours = true)
                @Range(min = 1)
                int validSamples,
        @Key(
                        doc = "The splits to test on.",
                        byDefault = "[]",
                        ignored = "upstream's task evaluates nothing after training")
                List<String> testSplits,
        @Key(
                        doc = "Spread evaluation over the ranks.",
                        byDefault = "True",
                        ignored = "all replicas always take part")
                boolean useDistEvalSampler,
        @Key(
                        doc =
                                "Threads per device that read, decode and tokenize; 0 counts as"
                                        + " 1. It does not change the data.",
                        byDefault = "4")
                @Range(min = 0)
                int numWorkers,
        @Key(
                        doc = "Number of ranks.",
                        byDefault = "1",
                        ignored = "set at launch; upstream overwrites it too")
                @Range(min = 1)
                int worldSize,
        @Key(
                        doc = "The rendezvous address of torch.distributed.",
                        byDefault = "env://",
                        ignored = "torch.distributed is not used")
                String distUrl,
        @Key(
                        doc = "Use torch.distributed.",
                        byDefault = "False",
                        ignored = "set at launch; upstream overwrites it too")
                boolean distributed)
        implements Checked {

    /** Steps of an epoch if the file does not set them, as in the reference. */
    public static final int DEFAULT_STEPS_PER_EPOCH = 10_000;

    @Override
    public void check(SectionProblems problems) {
        if (lrSched == LrSched.LINEAR_WARMUP_STEP_LR && lrDecayRate.isEmpty()) {
            problems.reject(
                    "lr_decay_rate",
                    "is missing; linear_warmup_step_lr needs it, e.g. 0.9",
                    "lr_sched");
        }
        long steps = (long) maxEpoch * itersPerEpoch.orElse(DEFAULT_STEPS_PER_EPOCH);
        if (steps > Integer.MAX_VALUE) {
            problems.reject(
                    "max_epoch",
                    "is %d; with iters_per_epoch that makes %d steps, and a run has at most %d"
                            .formatted(maxEpoch, steps, Integer.MAX_VALUE),
                    "iters_per_epoch");
        }
        precision.check(device, problems);
        if (minHosts.orElse(1) > hosts) {
            problems.reject(
                    "min_hosts",
                    "is %d, more than run.hosts, which is %d".formatted(minHosts.get(), hosts),
                    "hosts");
        }
        if (hosts > 1 && microBatches.isEmpty()) {
            problems.reject(
                    "micro_batches",
                    "is missing; with run.hosts say how many a step has, at least one for each"
                            + " device of each host",
                    "hosts");
        } else if (hosts > microBatches.orElse(hosts)) {
            problems.reject(
                    "hosts",
                    "is %d, but a step has %d micro-batches; each host needs at least one"
                            .formatted(hosts, microBatches.get()),
                    "micro_batches");
        }
        // GPUs and CPUs round differently, so they cannot share a step.
        long kinds = devices.stream().map(Object::getClass).distinct().count();
        boolean single = !devices.isEmpty() && !(devices.get(0) instanceof DeviceEntry.Gpu);
        if (kinds != 1 || single && devices.size() > 1) {
            problems.reject(
                    "devices", "is %s; give auto, numbers of GPUs, or cpu x N".formatted(devices));
        }
        if (!validSplits.isEmpty() && !validSplits.equals(List.of("val"))) {
            problems.reject(
                    "valid_splits", "is %s; give [val], or [] for none".formatted(validSplits));
        }
    }
}
