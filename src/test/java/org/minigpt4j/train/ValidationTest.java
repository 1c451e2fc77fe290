package org.minigpt4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.minigpt4j.FailedException;
import org.minigpt4j.Goldens;
import org.minigpt4j.OnDevice;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.BatchSource;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.GoldenModel;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.train.Validation.HeldOut;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

class ValidationTest extends OnDevice {

    private static final Validation FOUR =
            new Validation(List.of(new HeldOut(() -> new GoldenBatches(0), 4)));

    private Backbone backbone;

    @BeforeAll
    void load() {
        backbone = GoldenModel.backbone(where, ComputePrecision.FP32, false, false);
    }

    @AfterAll
    void close() {
        backbone.close();
    }

    @Test
    void aBatchHasTheLossThatTheReferenceHas() throws Exception {
        var one = new Validation(List.of(new HeldOut(() -> new GoldenBatches(0), 1)));
        double reference = Goldens.npz("stage1_train.npz").doubles("loss")[0];
        assertEquals(reference, loss(one, 1), 1e-5);
    }

    @Test
    void theSameBatchesHaveTheLossOfTrainingToTheLastBit() throws Exception {
        GoldenRun trained = new GoldenRun(backbone).stopAfter(1);
        trained.from(GoldenRun.fresh());
        for (int replicas : new int[] {1, 2, 3, 4}) {
            assertEquals(trained.steps.get(0).loss(), loss(FOUR, replicas), replicas + " replicas");
        }
    }

    @Test
    void severalDataSetsAreMeasuredByTheToken() throws Exception {
        var parts =
                new Validation(
                        List.of(
                                new HeldOut(() -> new GoldenBatches(0), 1),
                                new HeldOut(() -> new GoldenBatches(1), 3)));
        assertEquals(4, parts.microBatches());
        assertEquals(loss(FOUR, 1), loss(parts, 2), 1e-12);
    }

    @Test
    void measuringChangesNothingAndGoesOnAlikeAfterAnInterruption() throws Exception {
        TrainState plain = new GoldenRun(backbone).from(GoldenRun.fresh());
        GoldenRun measured = measured(1);
        TrainState end = measured.from(GoldenRun.fresh());
        assertEquals(plain.trainable().norm(), end.trainable().norm());
        List<OptionalDouble> losses = losses(measured);
        assertEquals(GoldenRun.EPOCHS, losses.stream().distinct().count(), losses.toString());
        assertEquals(losses.get(2).getAsDouble(), end.means().heldOut());

        GoldenRun first = measured(2).stopAfter(GoldenRun.STEPS + 1);
        TrainState middle = first.from(GoldenRun.fresh());
        assertEquals(losses.subList(0, 1), losses(first));
        GoldenRun second = measured(4);
        ParallelTrainTest.assertSameBits("resumed", end, second.from(middle));
        assertEquals(losses.subList(1, 3), losses(second));
    }

    @Test
    void noArrayOutlivesIt() throws Exception {
        try (Replicas one =
                new Replicas(
                        List.of(new Replica(new MiniGpt4(backbone), GoldenBatches::features)),
                        1e12)) {
            one.setTrainable(GoldenModel.initialProjection());
            int before = backbone.manager().getManagedArrays().size();
            assertTrue(before > 50, before + " are not all weights");
            FOUR.loss(one);
            assertEquals(before, backbone.manager().getManagedArrays().size());
        }
    }

    @Test
    void aReplicaThatFailsIsNamed() {
        var broken =
                new Validation(
                        List.of(
                                new HeldOut(
                                        () -> {
                                            throw new FailedException("the disk is gone");
                                        },
                                        1)));
        assertTrue(
                assertThrows(FailedException.class, () -> loss(broken, 2))
                        .getMessage()
                        .contains("the disk is gone"));
        var unreadable =
                new Validation(List.of(new HeldOut(() -> failingAt(new GoldenBatches(0), 1), 2)));
        var e = assertThrows(FailedException.class, () -> loss(unreadable, 2));
        String name = "replica 1 on " + where.device() + " failed: ";
        assertTrue(e.getMessage().startsWith(name), e.getMessage());
    }

    private static BatchSource failingAt(BatchSource good, int number) {
        return new BatchSource() {
            private int given;

            @Override
            public MicroBatch next() throws InterruptedException {
                MicroBatch batch = good.next();
                return given++ == number ? GoldenBatches.failing(batch) : batch;
            }

            @Override
            public void close() {}
        };
    }

    private GoldenRun measured(int replicas) {
        GoldenRun run = new GoldenRun(backbone);
        run.replicas = replicas;
        run.validation = FOUR;
        return run;
    }

    private static List<OptionalDouble> losses(GoldenRun run) {
        return run.epochs.stream().map(EpochReport::heldOutLoss).toList();
    }

    private double loss(Validation validation, int replicas) throws InterruptedException {
        List<Replica> parts =
                IntStream.range(0, replicas)
                        .mapToObj(i -> new Replica(new MiniGpt4(backbone), GoldenBatches::features))
                        .toList();
        try (Replicas all = new Replicas(parts, 1e12)) {
            all.setTrainable(GoldenModel.initialProjection());
            return validation.loss(all).orElseThrow();
        }
    }
}
