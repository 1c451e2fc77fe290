package org.minigpt4j.train;

import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.Flops;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.TextBatch;

import java.util.List;

/**
 * The amount of work in a step.
 *
 * @param samples number of images
 * @param tokens sequence positions without padding
 * @param labels positions that count in the loss
 * @param flops useful operations, see {@link Flops}
 */
public record Workload(int samples, int tokens, int labels, double flops) {

    static Workload of(MicroBatch batch, MiniGpt4 model) {
        Backbone backbone = model.backbone();
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
        return new Workload(text.size(), tokens, labels, b * flops);
    }

    /** The sum of all parts, added in order. */
    static Workload sum(List<Workload> parts) {
        Workload sum = new Workload(0, 0, 0, 0);
        for (Workload part : parts) {
            sum =
                    new Workload(
                            sum.samples + part.samples,
                            sum.tokens + part.tokens,
                            sum.labels + part.labels,
                            sum.flops + part.flops);
        }
        return sum;
    }
}
