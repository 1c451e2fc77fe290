package org.minigpt4j.track;

import com.google.gson.JsonParseException;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.PrivateFiles;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.TrackingStore;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A run's entries on disk, in order, and the position up to which the store has acknowledged them.
 *
 * <p>Entries are lines of files {@code spool-N.jsonl}. A new file starts every few megabytes, and
 * completely acknowledged files are deleted. {@code acknowledged.json} says where the next batch
 * begins. It is replaced atomically after each acknowledgement, so a process killed between the
 * store's answer and this update sends at most one batch twice, which {@link SpoolSender} handles.
 * A last line that a crash cut short is dropped.
 *
 * <p>For each metric, only points with a higher step than all earlier ones are accepted. A run that
 * continues from a checkpoint repeats some steps, whose points are already in the spool or in the
 * store. The rule also means that points arrive in the order of steps, so a metric's latest point
 * in the store shows which points have arrived.
 */
final class Spool implements AutoCloseable {

    private static final String ACKNOWLEDGED = "acknowledged.json";
    private static final int SEGMENT_BYTES = 4 << 20;
    private static final int MOST_LINE_BYTES = 64 << 20;
    private static final int MOST_ENTRIES = 1000;

    private final Path folder;
    private final Map<String, Long> steps = new TreeMap<>();
    private State acknowledged;
    private RunStatus status;
    private FileChannel out;
    private long segment;

    /** The position of a line's first byte. */
    private record Position(long segment, long offset) {}

    /**
     * The contents of {@code acknowledged.json}.
     *
     * @param next where the next batch begins
     * @param steps the highest acknowledged step of each metric
     * @param status the last acknowledged status
     */
    private record State(Position next, Map<String, Long> steps, RunStatus status) {}

    /** Consecutive entries of one kind, and where the next batch begins. */
    static final class Batch {
        private final List<Entry> entries = new ArrayList<>();
        private Position end;

        List<Entry> entries() {
            return entries;
        }
    }

    private Spool(Path folder) throws IOException {
        this.folder = folder;
        PrivateFiles.folder(folder);
        acknowledged = acknowledged(folder.resolve(ACKNOWLEDGED));
        steps.putAll(acknowledged.steps());
        status = acknowledged.status();
        segment = Math.max(acknowledged.next().segment(), newest());
        dropTornLine(path(segment));
        Position next = acknowledged.next();
        if (next.segment() == segment && sizeOf(segment) < next.offset()) {
            // A power failure lost acknowledged lines; new lines must not take their positions.
            segment++;
        }
        openSegment();
        scan();
    }

    private static State acknowledged(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new State(new Position(1, 0), Map.of(), RunStatus.RUNNING);
        }
        State read;
        try {
            read = Entry.GSON.fromJson(Files.readString(file), State.class);
        } catch (JsonParseException | CharacterCodingException e) {
            throw new DamagedSpoolException(file, "", e);
        }
        if (read == null
                || read.next() == null
                || read.next().segment() < 1
                || read.next().offset() < 0
                || read.steps() == null
                || read.steps().containsValue(null)
                || read.status() == null) {
            throw new DamagedSpoolException(file, "", null);
        }
        return read;
    }

    /**
     * Opens the spool in a folder and creates it if needed.
     *
     * @throws DamagedSpoolException if a file is not as a spool leaves it
     */
    static Spool open(Path folder) throws IOException {
        return new Spool(folder);
    }

    private long newest() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return segments(files).max().orElse(0);
        }
    }

    private Path path(long number) {
        return folder.resolve(String.format(Locale.ROOT, "spool-%08d.jsonl", number));
    }

    /**
     * The number of the first existing file from {@code from} on; after the last file, the next
     * free number.
     */
    private long nextSegment(long from) throws IOException {
        if (Files.exists(path(from))) {
            return from;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return segments(files).filter(number -> number >= from).min().orElse(segment + 1);
        }
    }

    private static LongStream segments(Stream<Path> files) {
        return files.map(file -> file.getFileName().toString())
                .filter(name -> name.matches("spool-\\d{8,15}\\.jsonl"))
                .mapToLong(name -> Long.parseLong(name.replaceAll("\\D", "")));
    }

    private long sizeOf(long number) throws IOException {
        return Files.exists(path(number)) ? Files.size(path(number)) : 0;
    }

    private static void dropTornLine(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS)) {
            long end = channel.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            while (end > 0) {
                last.clear();
                channel.read(last, end - 1);
                if (last.get(0) == '\n') {
                    break;
                }
                end--;
            }
            channel.truncate(end);
        }
    }

    private void openSegment() throws IOException {
        out =
                FileChannel.open(
                        path(segment),
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.APPEND,
                                LinkOption.NOFOLLOW_LINKS),
                        PrivateFiles.attributes());
    }

    /** Reads the unsent entries to find the highest step of each metric. */
    private void scan() throws IOException {
        Position from = acknowledged.next();
        while (true) {
            Batch batch = read(from);
            if (batch.entries().isEmpty()) {
                return;
            }
            batch.entries().forEach(this::note);
            from = batch.end;
        }
    }

    private void note(Entry entry) {
        noteSteps(entry, steps);
        if (entry instanceof Entry.Status latest) {
            status = latest.status();
        }
    }

    private static void noteSteps(Entry entry, Map<String, Long> steps) {
        if (entry instanceof Entry.Points points) {
            points.values().keySet().forEach(key -> steps.merge(key, points.step(), Math::max));
        }
    }

    /** Whether the last known status says that the run has ended. */
    synchronized boolean hasEnded() {
        return status != RunStatus.RUNNING;
    }

    /** The step after the last one of a metric. */
    synchronized long nextStep(String metric) {
        return steps.getOrDefault(metric, -1L) + 1;
    }

    /** Appends entries. */
    synchronized void append(List<Entry> entries) throws IOException {
        var lines = new StringBuilder();
        for (Entry entry : entries) {
            Entry kept = entry instanceof Entry.Points points ? unseen(points) : entry;
            if (!(kept instanceof Entry.Points points && points.values().isEmpty())) {
                note(kept);
                lines.append(kept.line()).append('\n');
            }
        }
        long before = out.size();
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(lines.toString());
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            out.truncate(before); // remove a partial line
            throw e;
        }
        if (out.size() > SEGMENT_BYTES) {
            out.close();
            segment++;
            openSegment();
        }
    }

    private Entry.Points unseen(Entry.Points points) {
        Map<String, Double> values = new LinkedHashMap<>();
        points.values().forEach((key, value) -> values.put(Names.name(key), value));
        values.keySet().removeIf(key -> points.step() <= steps.getOrDefault(key, -1L));
        return new Entry.Points(points.timestamp(), points.step(), values);
    }

    /**
     * The next batch to send; empty if there is none. Returns the same batch until it is
     * acknowledged.
     */
    synchronized Optional<Batch> next() throws IOException {
        Batch batch = read(acknowledged.next());
        return batch.entries().isEmpty() ? Optional.empty() : Optional.of(batch);
    }

    /**
     * Reads a batch. Only points are combined, up to the number that a store accepts in one call.
     */
    private Batch read(Position from) throws IOException {
        Batch batch = new Batch();
        batch.end = from;
        int points = 0;
        while (batch.entries().isEmpty() && from.segment() <= segment) {
            long offset = from.offset();
            if (Files.exists(path(from.segment()))) {
                try (FileChannel channel = FileChannel.open(path(from.segment()));
                        InputStream in =
                                new BufferedInputStream(
                                        Channels.newInputStream(channel.position(offset)),
                                        1 << 16)) {
                    while (batch.entries().size() < MOST_ENTRIES) {
                        byte[] line = line(in, from.segment(), offset);
                        if (line.length == 0) {
                            break;
                        }
                        Entry entry = parse(line, from.segment(), offset);
                        points += entry instanceof Entry.Points p ? p.values().size() : 0;
                        boolean first = batch.entries().isEmpty();
                        boolean together = entry instanceof Entry.Points;
                        if (!first && (!together || points > TrackingStore.MOST_POINTS)) {
                            break;
                        }
                        batch.entries().add(entry);
                        offset += line.length;
                        batch.end = new Position(from.segment(), offset);
                        if (!together) {
                            break;
                        }
                    }
                }
            }
            from = new Position(nextSegment(from.segment() + 1), 0);
        }
        return batch;
    }

    private Entry parse(byte[] line, long number, long offset) throws IOException {
        try {
            return Entry.parse(new String(line, StandardCharsets.UTF_8));
        } catch (JsonParseException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new DamagedSpoolException(path(number), " at byte " + offset, e);
        }
    }

    /** Reads a line including its end; empty at the end of the file. */
    private byte[] line(InputStream in, long number, long offset) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            line.write(b);
            if (b == '\n') {
                return line.toByteArray();
            }
            if (line.size() > MOST_LINE_BYTES) {
                throw new DamagedSpoolException(
                        path(number), " (no end of the line at byte %d)".formatted(offset), null);
            }
        }
        return new byte[0];
    }

    /** Records that a batch has arrived or has been rejected for good. */
    synchronized void acknowledge(Batch batch) throws IOException {
        Map<String, Long> arrived = new TreeMap<>(acknowledged.steps());
        RunStatus latest = acknowledged.status();
        for (Entry entry : batch.entries()) {
            noteSteps(entry, arrived);
            latest = entry instanceof Entry.Status known ? known.status() : latest;
        }
        long before = acknowledged.next().segment();
        acknowledged = new State(batch.end, arrived, latest);
        AtomicFile.writePrivate(folder.resolve(ACKNOWLEDGED), Entry.GSON.toJson(acknowledged));
        for (long old = nextSegment(before);
                old < batch.end.segment();
                old = nextSegment(old + 1)) {
            Files.deleteIfExists(path(old));
        }
    }

    /** Number of unsent entries. */
    synchronized long pending() throws IOException {
        long pending = 0;
        for (Batch batch = read(acknowledged.next());
                !batch.entries().isEmpty();
                batch = read(batch.end)) {
            pending += batch.entries().size();
        }
        return pending;
    }

    @Override
    public synchronized void close() throws IOException {
        if (!out.isOpen()) {
            return;
        }
        out.force(true);
        out.close();
    }
}
