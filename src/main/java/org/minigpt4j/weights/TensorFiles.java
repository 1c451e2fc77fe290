package org.minigpt4j.weights;

import java.nio.file.Path;

/** Tells the formats apart. */
final class TensorFiles {
    private TensorFiles() {}

    static TensorSource open(Path path) {
        return SafetensorsFile.open(MappedFile.open(path));
    }
}
