package org.minigpt4j.weights;

import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.file.Files;
import java.nio.file.Path;

/** A weight file: its header is read, and every tensor it says it has. */
abstract class TensorSourceFuzz extends FuzzedReader {

    private final String file;

    TensorSourceFuzz(String name, String file) {
        super(name);
        this.file = file;
    }

    @Override
    protected FuzzTarget target() throws Exception {
        Path path = folder.resolve(file);
        return bytes -> {
            Files.write(path, bytes);
            try (TensorSource source = TensorSource.open(path)) {
                for (TensorInfo info : source.tensors().values()) {
                    if (source.read(info.key()).remaining() != info.byteLength()) {
                        throw new AssertionError(info + " has another length");
                    }
                }
                TreeWords.entries(source.rest());
            }
        };
    }
}
