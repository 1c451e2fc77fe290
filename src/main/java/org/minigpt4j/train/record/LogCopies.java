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
 * Keeps copies of {@code log.txt}, {@code metrics.jsonl} and {@code samples.json} next to
 * checkpoints in another store, so that a run that continues on another machine has its whole log.
 * Copies are made before each checkpoint and cover at least its steps. Later lines are cut when the
 * run continues, as in the output folder.
 */
public record LogCopies(RunFolder folder, Store store) {

    private static final String PREFIX = "logs/";

    /** Copies the files that exist. */
    public void keep() {
        for (Path file : files()) {
            try {
                store.put(name(file), List.of(ByteBuffer.wrap(Files.readAllBytes(file))));
            } catch (NoSuchFileException e) {
                continue; // the run has not begun
            } catch (IOException e) {
                throw AtomicFile.cannotWrite(file, e);
            }
        }
    }

    /** Copies the files back. Those in the folder are older, or their steps will be repeated. */
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
