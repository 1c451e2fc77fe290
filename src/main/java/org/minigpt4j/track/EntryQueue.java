package org.minigpt4j.track;

import org.minigpt4j.io.ReadFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Entries on their way to the {@link Spool}: a bounded queue in memory. A caller that finds it full
 * writes it to disk itself. That is an append to a local file, which waits for no network, so
 * nothing is dropped. Entries that the disk refuses are counted as lost.
 */
final class EntryQueue {

    private static final Logger LOG = LoggerFactory.getLogger(EntryQueue.class);
    private static final int CAPACITY = 4096;

    private final TrackedFolder folder;
    private final BlockingQueue<Entry> entries = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong latest = new AtomicLong();

    EntryQueue(TrackedFolder folder) {
        this.folder = folder;
        latest.set(folder.run().started());
    }

    /** Milliseconds since 1970, never before a time that was returned earlier. */
    long now() {
        return latest.updateAndGet(before -> Math.max(before, System.currentTimeMillis()));
    }

    void add(Entry entry) {
        if (!entries.offer(entry)) {
            write(List.of(entry));
        }
    }

    /** Writes the queue to disk. */
    void flush() {
        write(List.of());
    }

    /** Writes the queue to disk, then the given entries, in this order. */
    void write(List<Entry> more) {
        Spool spool = folder.spool();
        synchronized (spool) {
            List<Entry> all = new ArrayList<>(entries.size() + more.size());
            entries.drainTo(all);
            all.addAll(more);
            try {
                spool.append(all);
            } catch (IOException e) {
                if (lost.getAndAdd(all.size()) == 0) {
                    LOG.warn(
                            "tracking records cannot be written to {}: {}",
                            folder.folder(),
                            ReadFailure.reason(e));
                }
            }
        }
    }

    /** Counts an entry that could not be written elsewhere. */
    void lose() {
        lost.incrementAndGet();
    }

    /** The number of entries that the disk did not accept. */
    long lost() {
        return lost.get();
    }
}
