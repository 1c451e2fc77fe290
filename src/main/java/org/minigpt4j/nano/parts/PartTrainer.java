package org.minigpt4j.nano.parts;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;

import org.minigpt4j.model.kernel.GraphKernels;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * Trains one part from its seed, or continues from its last checkpoint: AdamW (Loshchilov and
 * Hutter, 2019) over the whole vector of weights, on the CPU. A batch is a function of seed and
 * step, so a run that was killed continues as if nothing had been.
 */
public final class PartTrainer {

    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.98;
    private static final double WEIGHT_DECAY = 0.05;
    private static final double CLIP = 1.0;
    private static final int REPORT_EVERY = 20;
    private static final Duration SAVE_EVERY = Duration.ofSeconds(60);

    private static final String OPTIMIZER =
"""
  def weighted_loss(self: __torch__.Kernels, logits: Tensor, labels: Tensor, weights: Tensor) -> Tuple[Tensor, Tensor]:
    log_p = torch.log_softmax(logits, -1)
    picked = torch.squeeze(torch.gather(log_p, 1, torch.unsqueeze(labels, 1)), 1)
    loss = torch.neg(torch.div(torch.sum(torch.mul(picked, weights)), torch.sum(weights)))
    key = torch.to(torch.gt(weights, 1.), 6)
    hits = torch.mul(torch.to(torch.eq(torch.argmax(logits, -1), labels), 6), key)
    return (loss, torch.div(torch.sum(hits), torch.clamp(torch.sum(key), 1.)))

  def adamw(self: __torch__.Kernels, p: Tensor, g: Tensor, m: Tensor, v: Tensor, decays: Tensor, rate: float, decay: float, beta1: float, beta2: float, step: int, clip: float) -> Tensor:
    norm = torch.sqrt(torch.sum(torch.mul(g, g)))
    g1 = torch.mul(g, torch.clamp(torch.mul(torch.reciprocal(torch.add(norm, 1e-6)), clip), None, 1.))
    m1 = torch.add_(torch.mul_(m, beta1), g1, alpha=torch.sub(1., beta1))
    v1 = torch.addcmul_(torch.mul_(v, beta2), g1, g1, value=torch.sub(1., beta2))
    root = torch.pow(torch.sub(1., torch.pow(beta2, step)), 0.5)
    d = torch.add(torch.div(torch.sqrt(v1), root), 1e-8)
    size = torch.div(rate, torch.sub(1., torch.pow(beta1, step)))
    kept = torch.mul_(p, torch.rsub(torch.mul(decays, torch.mul(rate, decay)), 1.))
    p1 = torch.addcdiv_(kept, m1, d, value=torch.neg(size))
    z = torch.zero_(g)
    return norm
""";

    private final PartTask task;
    private final long seed;
    private final Path folder;
    private final PartListener listener;

    /** Trains {@code task} in {@code folder}. */
    PartTrainer(PartTask task, long seed, Path folder, PartListener listener) {
        this.task = task;
        this.seed = seed;
        this.folder = folder;
        this.listener = listener;
    }

    /**
     * Runs to the end of the schedule, or until {@code stop} says so.
     *
     * @return true if it came to its end
     */
    boolean run(BooleanSupplier stop) {
        int steps = task.schedule().steps();
        PartState.Plan plan = new PartState.Plan(seed, steps);
        PartState state = PartState.read(folder, task.layout(), plan);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                GraphKernels kernels = new GraphKernels(manager, OPTIMIZER + task.text())) {
            NDArray weights = manager.create(state.weights());
            NDArray first = manager.create(state.first());
            NDArray second = manager.create(state.second());
            NDArray decays = manager.create(task.layout().decays());
            weights.setRequiresGradient(true);
            long saved = System.nanoTime();
            PartProgress progress = new PartProgress(task.name(), state.step(), steps, listener);
            CompletableFuture<PartTask.Draft> next = draft(state.step());
            int step = state.step();
            boolean stopped = stop.getAsBoolean();
            while (step < steps && !stopped) {
                PartTask.Draft draft = next.join();
                next = draft(step + 1);
                double rate = task.schedule().rate(step);
                try (NDManager scratch = manager.newSubManager()) {
                    NDList inputs = draft.arrays(scratch);
                    NDList all = new NDList(weights);
                    all.addAll(inputs);
                    float loss;
                    float right;
                    try (GradientCollector collector = Engine.getInstance().newGradientCollector();
                            NDList out = kernels.forward("train", all)) {
                        collector.backward(out.get(0));
                        loss = out.get(0).getFloat();
                        right = out.get(1).getFloat();
                    }
                    step++;
                    float norm;
                    try (NDArray gradient = weights.getGradient();
                            NDArray length =
                                    kernels.run(
                                            scratch,
                                            "adamw",
                                            weights,
                                            gradient,
                                            first,
                                            second,
                                            decays,
                                            rate,
                                            WEIGHT_DECAY,
                                            BETA1,
                                            BETA2,
                                            step,
                                            CLIP)) {
                        norm = length.getFloat();
                    }
                    progress.step(step, loss, right, norm, rate);
                }
                if (step % REPORT_EVERY == 0 || step == steps) {
                    progress.report(step);
                }
                stopped = stop.getAsBoolean();
                boolean due = System.nanoTime() - saved > SAVE_EVERY.toNanos();
                if (due || step == steps || stopped) {
                    new PartState(
                                    step,
                                    weights.toFloatArray(),
                                    first.toFloatArray(),
                                    second.toFloatArray())
                            .write(folder, plan);
                    saved = System.nanoTime();
                }
            }
            next.join(); // it may still read what the caller closes
            return step >= steps;
        }
    }

    private CompletableFuture<PartTask.Draft> draft(int step) {
        return CompletableFuture.supplyAsync(() -> task.draft(seed, step));
    }
}
