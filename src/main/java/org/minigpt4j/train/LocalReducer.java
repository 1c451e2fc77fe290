package org.minigpt4j.train;

import org.minigpt4j.data.order.RankShare;

import java.util.List;

/** The reducer of a run on one host: what was done here is all there is. */
record LocalReducer(RankShare share) implements GradientReducer {

    @Override
    public int[] labels(int[] here) {
        return here;
    }

    @Override
    public StepSum sum(List<Replica.Result> here, Workload work) {
        return new StepSum(
                CanonicalSum.of(Replica.Result.gradients(here)),
                here.stream().mapToDouble(Replica.Result::loss).toArray(),
                work);
    }
}
