package org.minigpt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

class SafetensorsFuzzTest extends TensorSourceFuzz {

    SafetensorsFuzzTest() {
        super("safetensors", "a.safetensors");
    }

    @Override
    protected List<byte[]> seeds() {
        return List.of(
                file("{\"a\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]}}", 8),
                file(
                        "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"F8_E4M3\",\"shape\":"
                                + "[4],\"data_offsets\":[0,4]},\"c\":{\"dtype\":\"I64\",\"shape\":[],"
                                + "\"data_offsets\":[4,12]}}",
                        12));
    }

    private static byte[] file(String json, int data) {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + header.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }
}
