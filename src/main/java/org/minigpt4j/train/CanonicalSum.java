package org.minigpt4j.train;

import org.minigpt4j.model.TrainableValues;

import java.util.List;

/**
 * Adds up a step's gradients in an order that is the same in every run.
 *
 * <h2>Why the order matters</h2>
 *
 * Floating-point addition is not associative: {@code (a + b) + c} and {@code a + (b + c)} differ in
 * the last bit, and within some hundred steps of training such a difference leads to another model.
 * If each replica first added up its own gradients, the grouping would depend on the number of
 * replicas. A run on four devices could then neither be compared with a run on two nor resumed
 * there.
 *
 * <h2>The order</h2>
 *
 * A step is a fixed list of micro-batches, numbered from 0. One replica computes the whole gradient
 * of a micro-batch, so the result is the same on any replica with the same kind of device. The sum
 * is a binary tree over these numbers. On level 0, gradient 1 is added to 0, 3 to 2, 5 to 4. On
 * level 1, the sum at 2 is added to the sum at 0, and the one at 6 to the one at 4; and so on. The
 * left operand always has the smaller number. A number without a partner moves up unchanged. Six
 * micro-batches give {@code ((0 + 1) + (2 + 3)) + (4 + 5)}.
 *
 * <p>The order does not depend on which replica computed what, or when: all gradients are complete
 * before the first addition. So 1, 2, 4 and 8 replicas give the same bits, and a run may change
 * their number at every restart.
 *
 * <h2>Why a tree</h2>
 *
 * Adding from left to right would be canonical too. But the tree rounds log n times instead of n
 * times, and its subtrees over aligned runs of 2^k numbers are independent. Replicas take
 * contiguous runs, so a host can add up such a run locally and send one gradient instead of many,
 * without changing the order.
 *
 * <h2>Cost</h2>
 *
 * The host holds one gradient per micro-batch until the sum is complete, 16 MB each for the largest
 * model. It adds some ten million floats per step: milliseconds, compared with seconds for the
 * step.
 */
final class CanonicalSum {

    private CanonicalSum() {}

    /**
     * Returns the sum in the arrays of the first gradient; afterwards the others hold partial sums.
     */
    static TrainableValues of(List<TrainableValues> gradients) {
        int n = gradients.size();
        for (int reach = 1; reach < n; reach *= 2) {
            for (int i = 0; i + reach < n; i += 2 * reach) {
                gradients.get(i).add(gradients.get(i + reach));
            }
        }
        return gradients.get(0);
    }
}
