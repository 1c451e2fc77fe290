package org.minigpt4j.data;

import org.minigpt4j.data.StoredPairs.UnusablePairException;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.SampleSource.RawSample;
import org.minigpt4j.image.BadImageException;

import java.io.IOException;

/**
 * The pictures of a mixture with the pixels that training uses, the same in every pass. Safe for
 * use by many threads.
 */
public final class StoredPictures implements AutoCloseable {

    private final DataSets opened;
    private final PictureMaker maker;

    private StoredPictures(DataSets opened, PictureMaker maker) {
        this.opened = opened;
        this.maker = maker;
    }

    /**
     * Opens the data sets of a mixture.
     *
     * @throws org.minigpt4j.UsageException if one is missing, unreadable or empty, or pictures are
     *     cropped at random
     */
    public static StoredPictures open(BatchSettings settings) {
        settings.requireSamePictures();
        DataSets opened = DataSets.open(settings.sources(), settings.storage());
        try {
            opened.requireSamples();
            return new StoredPictures(opened, new PictureMaker(settings));
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Number of data sets. */
    public int dataSets() {
        return opened.all().size();
    }

    /** A data set's name. */
    public String name(int dataset) {
        return opened.get(dataset).name();
    }

    /** Number of samples in a data set; they are numbered from 0. */
    public long size(int dataset) {
        return opened.get(dataset).size();
    }

    /**
     * A sample's name in a feature store.
     *
     * @throws UnusablePairException if it has no picture
     */
    public String identity(int dataset, long sample) throws UnusablePairException, IOException {
        try {
            return opened.get(dataset).samples().identity(sample);
        } catch (BadSampleException e) {
            throw new UnusablePairException(e);
        }
    }

    /**
     * A sample's pixels, RGB, row by row.
     *
     * @throws UnusablePairException if its picture is unusable
     * @throws IOException if the storage fails
     */
    public byte[] pixels(int dataset, long sample) throws UnusablePairException, IOException {
        SampleSource samples = opened.get(dataset).samples();
        try {
            RawSample raw = samples.read(sample, true);
            try {
                return maker.pixels(
                        opened.get(dataset).settings(), dataset, sample, 0, raw.image());
            } catch (BadImageException e) {
                throw BadSampleException.of(e).withKey(raw.key());
            }
        } catch (BadSampleException e) {
            throw new UnusablePairException(e);
        }
    }

    @Override
    public void close() {
        opened.close();
    }
}
