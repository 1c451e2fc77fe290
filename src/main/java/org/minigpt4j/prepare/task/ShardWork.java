package org.minigpt4j.prepare.task;

import org.minigpt4j.prepare.dedupe.KnownPictures;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PreviousShard;

import java.util.List;

/** The two ways of {@link ShardTask}: a shard is made, or a finished one is made over. */
sealed interface ShardWork permits Making, Reworking {

    /** The way that an order asks for; {@code known} are the pictures of finished shards. */
    static ShardWork of(
            ShardOrder.Work work, KnownPictures known, KnownPictures.Growing ofThisShard) {
        if (work instanceof ShardOrder.Make make) {
            return new Making(make.most(), known, ofThisShard);
        }
        return new Reworking(work, known, ofThisShard);
    }

    /** Whether a shard that is finished already stays as it is. */
    boolean leavesFinished();

    /** How many of the plan's pairs, from the first on, the shard is made of. */
    int pairs(List<Candidate> plan, PreviousShard previous);

    /** Whether the shard may hold more pictures than these. */
    boolean hasRoom(long kept);

    /** Whether a pair of known fate is tried once more. */
    boolean triesAgain(PairRow before);

    /**
     * What becomes of a pair when its turn comes; pairs are settled in the order of the plan.
     *
     * @param fetched whether its picture was fetched now, or else is in the shard's old tar
     */
    PairRow settle(PairRow row, boolean fetched, Candidate pair, PreviousShard previous);

    /** Whether the pair counts as tried by this task. */
    boolean counts(boolean fetched);
}
