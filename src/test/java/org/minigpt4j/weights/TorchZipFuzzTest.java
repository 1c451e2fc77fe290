package org.minigpt4j.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;

/** The whole zip of torch.save. */
class TorchZipFuzzTest extends TensorSourceFuzz {

    TorchZipFuzzTest() {
        super("pth", "a.pth");
    }

    @Override
    protected List<byte[]> seeds() throws IOException {
        byte[] pickle = PickleFuzzTest.stateDict();
        var file = TorchZip.write(folder.resolve("seed"), pickle, Map.of("0", new byte[16]));
        return List.of(Files.readAllBytes(file));
    }
}
