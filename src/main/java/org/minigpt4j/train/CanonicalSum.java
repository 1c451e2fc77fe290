package org.minigpt4j.train;

import org.minigpt4j.model.TrainableValues;

import java.util.List;

/**
 * The sum of a step's gradients, in the one order that every run of that step uses.
 *
 * <h2>Why an order</h2>
 *
 * Floating-point addition is not associative: {@code (a + b) + c} and {@code a + (b + c)} differ in
 * the last bit, and a training run turns a last bit into another run within some hundred steps. If
 * replicas first added up what each of them had, the grouping, and with it the result, would follow
 * their number: a run on four devices could be neither compared with one on two nor resumed there.
 *
 * <h2>The order</h2>
 *
 * A step is a fixed list of micro-batches, numbered from 0, and each one's gradient is computed
 * whole by one replica, which makes it the same on any replica of the same kind of device. The sum
 * is a binary tree over these numbers and nothing else. On level 0 gradient 1 is added to 0, 3 to
 * 2, 5 to 4; on level 1 the sum at 2 to that at 0, the one at 6 to that at 4; and so on, the left
 * operand always being the one with the smaller number. A number without a partner moves up as it
 * is. Six micro-batches give {@code ((0 + 1) + (2 + 3)) + (4 + 5)}.
 *
 * <p>Which replica computed what does not appear, and neither does when it was done: all gradients
 * are there before the first addition. So 1, 2, 4 and 8 replicas give the same bits, and a run may
 * change their number whenever it is restarted.
 *
 * <h2>Why a tree</h2>
 *
 * From left to right would be as canonical. The tree rounds log n times instead of n times, and its
 * subtrees over aligned runs of 2^k numbers are complete in themselves: a host that computed such a
 * run can add it up where it is and send one gradient instead of many without touching the order,
 * as replicas take contiguous runs.
 *
 * <h2>What it costs</h2>
 *
 * One gradient a micro-batch is held on the host until the sum is done, 16 MB each for the largest
 * model, and the host adds some ten million floats a step, milliseconds beside a step of seconds.
 */
final class CanonicalSum {

    private CanonicalSum() {}

    /** The sum, in the arrays of the first gradient; the others hold partial sums afterwards. */
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
