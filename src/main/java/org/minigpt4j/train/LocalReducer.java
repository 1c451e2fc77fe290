package org.minigpt4j.train;

import org.minigpt4j.data.order.RankShare;

import java.util.List;
import java.util.Optional;

/** The reducer of a run on one host: this host's results are the whole step. */
record LocalReducer(RankShare share) implements GradientReducer {

    @Override
    public Optional<StepSum> sum(StepWork work) throws InterruptedException {
        int[] labels = work.labels(share);
        List<Replica.Result> results = work.results(share, labels);
        return Optional.of(
                new StepSum(
                        CanonicalSum.of(Replica.Result.gradients(results)),
                        results.stream().mapToDouble(Replica.Result::loss).toArray(),
                        labels,
                        Workload.sum(work.work(share))));
    }
}
