package org.minigpt4j.train.record;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.Store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Copies of {@code log.txt}, {@code metrics.jsonl} and {@code samples.json} beside checkpoints that
 * lie elsewhere, so that a run which goes on on another machine has its whole log there. They are
 * taken before each checkpoint and hold at least its steps; what they hold beyond them is cut when
 * the run continues, as in its own folder.
 */
public record LogCopies(RunFolder folder, Store store) {

    private static final String PREFIX = "logs/";

    /** Puts copies of what there is. */
    public void keep() {
        for (Path file : files()) {
            try {
                store.put(name(file), List.of(ByteBuffer.wrap(Files.readAllBytes(file))));
            } catch (NoSuchFileException e) {
                continue; // a run that has not begun
            } catch (IOException e) {
                throw AtomicFile.cannotWrite(file, e);
            }
        }
    }

    /** Brings the copies back; what the folder holds is older, or will be done again. */
    public void restore() {
        List<String> kept = store.list(PREFIX);
        for (Path file : files()) {
            if (kept.contains(name(file))) {
                try (AtomicFile target = AtomicFile.create(file)) {
                    target.write(ByteBuffer.wrap(store.get(name(file))), 0);
                    target.commit();
                }
            }
        }
    }

    private List<Path> files() {
        return List.of(folder.log(), folder.metrics(), folder.samples());
    }

    private static String name(Path file) {
        return PREFIX + file.getFileName();
    }
}
