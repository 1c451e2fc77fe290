package org.minigpt4j.train;

import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.Flops;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.TextBatch;

import java.util.List;

/**
 * How much there is in a step.
 *
 * @param samples images
 * @param tokens places of the sequences, padding left out
 * @param labels places that are learned from
 * @param flops useful operations, see {@link Flops}
 */
public record Workload(int samples, int tokens, int labels, double flops) {

    /** Labels of each micro-batch. */
    static int[] labels(List<MicroBatch> batches) {
        return batches.stream().mapToInt(MicroBatch::labels).toArray();
    }

    static Workload of(List<MicroBatch> batches, MiniGpt4 model) {
        Backbone backbone = model.backbone();
        Workload sum = new Workload(0, 0, 0, 0);
        for (MicroBatch batch : batches) {
            TextBatch text = batch.text();
            double b = text.size();
            int tokens = text.attendedTokens();
            int labels = text.labels().length;
            double flops =
                    Flops.perSample(
                            backbone.vit().dims(),
                            backbone.qformer().dims(),
                            backbone.llama().dims(),
                            tokens / b,
                            labels / b,
                            model.tunesQFormer());
            sum =
                    new Workload(
                            sum.samples + text.size(),
                            sum.tokens + tokens,
                            sum.labels + labels,
                            sum.flops + b * flops);
        }
        return sum;
    }
}
