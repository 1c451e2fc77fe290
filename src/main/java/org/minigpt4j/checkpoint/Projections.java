package org.minigpt4j.checkpoint;

import org.minigpt4j.model.ProjectionValues;

import java.nio.file.Files;
import java.nio.file.Path;

/** Projections wherever they are: what {@code model.ckpt} may name. */
public final class Projections {

    private Projections() {}

    /**
     * Reads the projection of a run's folder (its newest checkpoint), of one checkpoint folder, or
     * of a {@code .pth} or safetensors file with upstream's keys.
     *
     * @param setting the key that named the file, with its place, for messages
     * @throws org.minigpt4j.UsageException if there is none, it is damaged, or it does not lead
     *     from {@code width} to {@code hidden} channels
     */
    public static ProjectionValues read(Path path, String setting, int hidden, int width) {
        return Files.isDirectory(path)
                ? NamedCheckpoint.inFolder(path, setting, hidden, width).projection()
                : ProjectionTensors.read(path, setting, hidden, width);
    }
}
