package org.minigpt4j.data;

import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.io.ReadFailure;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** A data set of picture files with known captions. All samples count as one shard. */
final class FileSource implements SampleSource {

    private final String dataset;
    private final Folder folder;
    private final List<Entry> entries;
    private final List<Skip> flaws;

    /**
     * One sample.
     *
     * @param key its name in messages
     * @param file the picture's path within the folder
     * @param caption its text
     */
    public record Entry(String key, String file, String caption) {}

    private interface Reading<T> {
        T of(String file) throws IOException;
    }

    FileSource(String dataset, Folder folder, List<Entry> entries, List<Skip> flaws) {
        this.dataset = dataset;
        this.folder = folder;
        this.entries = List.copyOf(entries);
        this.flaws = List.copyOf(flaws);
    }

    @Override
    public int[] shardSizes() {
        return new int[] {entries.size()};
    }

    @Override
    public List<Skip> flaws() {
        return flaws;
    }

    @Override
    public int captionLength(long number) {
        return entry(number).caption().length();
    }

    /** Samples with the same picture share its features. */
    @Override
    public String identity(long number) throws BadSampleException, IOException {
        Entry entry = entry(number);
        return FeatureStore.name(dataset, "", entry.file(), 0, picture(entry, folder::length));
    }

    @Override
    public RawSample read(long number, boolean withImage) throws BadSampleException, IOException {
        Entry entry = entry(number);
        byte[] image = withImage ? picture(entry, folder::read) : new byte[0];
        return new RawSample(entry.key(), image, entry.caption());
    }

    private Entry entry(long number) {
        return entries.get(Math.toIntExact(number));
    }

    private static <T> T picture(Entry entry, Reading<T> reading)
            throws BadSampleException, IOException {
        try {
            return reading.of(entry.file());
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new BadSampleException(Fault.NO_IMAGE, entry.file() + " is missing", e)
                    .withKey(entry.key());
        } catch (AccessDeniedException e) {
            throw new BadSampleException(
                            Fault.NO_IMAGE, entry.file() + " cannot be read: permission denied", e)
                    .withKey(entry.key());
        } catch (IOException e) {
            throw new IOException(entry.file() + ": " + ReadFailure.reason(e), e);
        } catch (InvalidPathException e) {
            throw new BadSampleException(Fault.NO_IMAGE, "its name is not valid for a file", e)
                    .withKey(entry.key());
        }
    }
}
