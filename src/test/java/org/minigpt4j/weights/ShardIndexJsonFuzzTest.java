package org.minigpt4j.weights;

import org.minigpt4j.fuzz.FuzzTarget;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The index of a folder of shards, beside one good shard. */
class ShardIndexJsonFuzzTest extends TensorSourceFuzz {

    ShardIndexJsonFuzzTest() {
        super("index.json", "model.safetensors.index.json");
    }

    @Override
    protected FuzzTarget target() throws Exception {
        var tensor = new TensorInfo("a", DType.U8, new long[] {1});
        try (var writer =
                SafetensorsWriter.create(
                        folder.resolve("s.safetensors"), List.of(tensor), Map.of())) {
            writer.write("a", ByteBuffer.wrap(new byte[1]));
            writer.commit();
        }
        return super.target();
    }

    @Override
    protected List<byte[]> seeds() {
        return List.of(
                ("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {\"a\": \"s.safetensors\"}}")
                        .getBytes(StandardCharsets.UTF_8));
    }
}
