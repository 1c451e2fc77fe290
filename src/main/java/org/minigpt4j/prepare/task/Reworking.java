package org.minigpt4j.prepare.task;

import org.minigpt4j.prepare.dedupe.KnownPictures;
import org.minigpt4j.prepare.plan.Candidate;
import org.minigpt4j.prepare.shard.PairRow;
import org.minigpt4j.prepare.shard.PairRow.Status;
import org.minigpt4j.prepare.shard.PreviousShard;

import java.util.List;
import java.util.Map;

/**
 * A finished shard made over: the pairs that it tried, out of its own files. Duplicates found since
 * go, and failed downloads are tried once more, up to as many pictures as are missing.
 */
final class Reworking implements ShardWork {

    private final Map<String, String> duplicates;
    private final long mostRetried;
    private final KnownPictures known;
    private final KnownPictures.Growing ofThisShard;
    private long retried;

    Reworking(ShardOrder.Work work, KnownPictures known, KnownPictures.Growing ofThisShard) {
        this.duplicates = work instanceof ShardOrder.Drop drop ? drop.duplicates() : Map.of();
        this.mostRetried = work instanceof ShardOrder.Retry retry ? retry.most() : 0;
        this.known = known;
        this.ofThisShard = ofThisShard;
    }

    @Override
    public boolean leavesFinished() {
        return false;
    }

    @Override
    public int pairs(List<Candidate> plan, PreviousShard previous) {
        return previous.tried();
    }

    @Override
    public boolean hasRoom(long kept) {
        return true;
    }

    @Override
    public boolean triesAgain(PairRow before) {
        return mostRetried > 0 && before.status() == Status.FAILED_TO_DOWNLOAD;
    }

    @Override
    public PairRow settle(PairRow made, boolean fetched, Candidate pair, PreviousShard previous) {
        PairRow row = made;
        if (fetched && retried++ >= mostRetried) {
            row = previous.row(row.key(), pair).orElseThrow();
        }
        if (!row.isSuccess()) {
            return row;
        }
        String other = duplicates.get(row.key());
        if (other != null) {
            return row.dropped(Status.DUPLICATE, "duplicate: of " + other);
        }
        // The pictures that the shard had before are known, as its own.
        boolean seen = fetched && known.contains(row) || !ofThisShard.add(row);
        return seen ? row.seenBefore() : row;
    }

    @Override
    public boolean counts(boolean fetched) {
        return fetched; // others were counted when they were made
    }
}
