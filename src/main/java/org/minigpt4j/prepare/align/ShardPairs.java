package org.minigpt4j.prepare.align;

import org.minigpt4j.FailedException;
import org.minigpt4j.data.StoredPairs;

import java.io.IOException;

/** The pairs of WebDataset tars. The last one read is kept, for its name and caption come apart. */
final class ShardPairs implements PairSource {

    private final StoredPairs pairs;
    private int lastNumber = -1;
    private StoredPairs.Pair last;

    ShardPairs(StoredPairs pairs) {
        this.pairs = pairs;
    }

    @Override
    public int size() {
        return pairs.size();
    }

    @Override
    public String name(int number) {
        try {
            return read(number).key();
        } catch (Unusable e) {
            return "pair " + number;
        }
    }

    @Override
    public String caption(int number) throws Unusable {
        return read(number).caption();
    }

    @Override
    public byte[] picture(int number) throws Unusable {
        return read(number, true).image();
    }

    private StoredPairs.Pair read(int number) throws Unusable {
        if (number != lastNumber) {
            last = read(number, false);
            lastNumber = number;
        }
        return last;
    }

    private StoredPairs.Pair read(int number, boolean withImage) throws Unusable {
        try {
            return pairs.read(number, withImage);
        } catch (StoredPairs.UnusablePairException e) {
            throw new Unusable(e.getMessage());
        } catch (IOException e) {
            throw new FailedException("the shards cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        pairs.close();
    }
}
