package org.minigpt4j.weights;

import org.minigpt4j.Goldens;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The golden encoders in Hugging Face's layout: three shards, of which the last is all T5's. */
final class HfBlip2Folder {

    private HfBlip2Folder() {}

    /** Bytes by their name there. */
    record Tensor(TensorInfo info, ByteBuffer bytes) {}

    /**
     * Writes it.
     *
     * @param more further tensors of the second shard, such as another model's
     */
    static void write(Path folder, TensorInfo... more) throws IOException {
        Files.createDirectories(folder);
        Map<String, Tensor> all = new LinkedHashMap<>();
        try (TensorSource vit = TensorSource.open(Goldens.path("weights/eva_vit_g.safetensors"));
                TensorSource queries =
                        TensorSource.open(
                                Goldens.path("weights/blip2_pretrained_flant5xxl.safetensors"))) {
            for (TensorSource source : List.of(vit, queries)) {
                for (TensorInfo info : source.tensors().values()) {
                    HfBlip2Keys.theirs(info.key())
                            .ifPresent(key -> put(all, key, info, source.read(info.key())));
                    if (info.key().endsWith("attn.q_bias")) {
                        qkv(all, source, info);
                    }
                }
            }
            List<Tensor> first = new ArrayList<>(all.values());
            List<Tensor> second = List.copyOf(first.subList(first.size() / 2, first.size()));
            first.subList(first.size() / 2, first.size()).clear();
            List<Tensor> rest = new ArrayList<>(second);
            for (TensorInfo info : more) {
                rest.add(new Tensor(info, ByteBuffer.allocate((int) info.byteLength())));
            }
            TensorInfo t5 =
                    new TensorInfo("language_model.shared.weight", DType.F32, new long[] {8});
            Map<String, String> map = new LinkedHashMap<>();
            shard(folder, "model-00001-of-00003.safetensors", first, map);
            shard(folder, "model-00002-of-00003.safetensors", rest, map);
            shard(
                    folder,
                    "model-00003-of-00003.safetensors",
                    List.of(new Tensor(t5, ByteBuffer.allocate(32))),
                    map);
            String json = new com.google.gson.Gson().toJson(Map.of("weight_map", map));
            Files.writeString(folder.resolve("model.safetensors.index.json"), json);
        }
    }

    private static void put(
            Map<String, Tensor> all, String key, TensorInfo info, ByteBuffer bytes) {
        all.put(key, new Tensor(new TensorInfo(key, info.dtype(), info.shape()), bytes));
    }

    private static void qkv(Map<String, Tensor> all, TensorSource source, TensorInfo q) {
        String block = q.key().replace(".attn.q_bias", "").replace("blocks.", "");
        String key = "vision_model.encoder.layers." + block + ".self_attn.qkv.bias";
        ByteBuffer first = source.read(q.key());
        ByteBuffer last = source.read(q.key().replace("q_bias", "v_bias"));
        int length = first.remaining();
        ByteBuffer bytes = ByteBuffer.allocate(3 * length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(first).position(2 * length).put(last).flip();
        put(all, key, new TensorInfo(key, q.dtype(), new long[] {3 * q.shape()[0]}), bytes);
    }

    private static void shard(
            Path folder, String name, List<Tensor> tensors, Map<String, String> map) {
        List<TensorInfo> infos = tensors.stream().map(Tensor::info).toList();
        try (var writer = SafetensorsWriter.create(folder.resolve(name), infos, Map.of())) {
            for (Tensor tensor : tensors) {
                writer.write(tensor.info().key(), tensor.bytes().duplicate());
                map.put(tensor.info().key(), name);
            }
            writer.commit();
        }
    }
}
