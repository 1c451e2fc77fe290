package org.minigpt4j.prepare.task;

import org.minigpt4j.prepare.dedupe.KnownPictures;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PreviousShard;

import java.util.List;

/** A new shard: all of its plan is tried until it is full, and each pair counts. */
record Making(long most, KnownPictures known, KnownPictures.Growing ofThisShard)
        implements ShardWork {

    @Override
    public boolean leavesFinished() {
        return true;
    }

    @Override
    public int pairs(List<Candidate> plan, PreviousShard previous) {
        return plan.size();
    }

    @Override
    public boolean hasRoom(long kept) {
        return kept < most;
    }

    @Override
    public boolean triesAgain(PairRow before) {
        return false;
    }

    @Override
    public PairRow settle(PairRow row, boolean fetched, Candidate pair, PreviousShard previous) {
        boolean seen = row.isSuccess() && (known.contains(row) || !ofThisShard.add(row));
        return seen ? row.seenBefore() : row;
    }

    @Override
    public boolean counts(boolean fetched) {
        return true;
    }
}
