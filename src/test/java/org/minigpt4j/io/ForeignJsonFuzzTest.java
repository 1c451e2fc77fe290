package org.minigpt4j.io;

import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.charset.StandardCharsets;
import java.util.List;

class ForeignJsonFuzzTest extends FuzzedReader {

    ForeignJsonFuzzTest() {
        super("json");
    }

    @Override
    protected FuzzTarget target() {
        return bytes -> walk(ForeignJson.parse("f.json", bytes));
    }

    private static void walk(ForeignJson value) {
        if (value.isObject()) {
            value.members().values().forEach(ForeignJsonFuzzTest::walk);
        } else if (value.isList()) {
            value.elements().forEach(ForeignJsonFuzzTest::walk);
        } else if (value.isNumber()) {
            value.integer(-1_000_000, 1_000_000);
        } else if (value.isPresent() && !value.isBoolean()) {
            value.id();
        }
    }

    @Override
    protected List<byte[]> seeds() {
        return List.of(
                ("{\"annotations\": [{\"image_id\": \"2\", \"caption\": \"a red circle\"},"
                                + " {\"image_id\": 3, \"caption\": null}], \"n\": [1, -2, 3e2]}")
                        .getBytes(StandardCharsets.UTF_8));
    }
}
