package org.minigpt4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.text.CaptionText.BrokenCaptionException;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

class CaptionTextTest {

    private static final String TEXT = "caf\u00e9 \ud83d\ude00";

    @Test
    void byteOrderMarksAreHonouredAndDropped() throws BrokenCaptionException {
        for (String name : List.of("UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE")) {
            byte[] marked = ("\uFEFF" + TEXT).getBytes(Charset.forName(name));
            assertEquals(TEXT, CaptionText.plain(marked), name);
            byte[] json = ("\uFEFF{\"caption\": \"" + TEXT + "\"}").getBytes(Charset.forName(name));
            assertEquals(Optional.of(TEXT), CaptionText.inJson(json), name);
        }
        assertEquals(TEXT, CaptionText.plain(TEXT.getBytes(StandardCharsets.UTF_8)));
        assertEquals("", CaptionText.plain(new byte[0]));
    }

    @Test
    void whatIsNoTextIsNeverLearnt() {
        byte[] latin = TEXT.substring(0, 4).getBytes(StandardCharsets.ISO_8859_1);
        assertTrue(refused(latin).contains("from byte 3 on"));
        assertTrue(refused(TEXT.getBytes(StandardCharsets.UTF_16LE)).contains("UTF-8"));
        assertTrue(refused("plain".getBytes(StandardCharsets.UTF_16LE)).contains("UTF-16"));
        byte[] half = {(byte) 0xFF, (byte) 0xFE, 0x3D, (byte) 0xD8, 'a', 0};
        assertTrue(refused(half).contains("UTF-16LE"));
        for (String json : List.of("{\"caption\": \"a\\u0000b\"}", "{\"caption\": \"\\ud83d\"}")) {
            assertThrows(
                    BrokenCaptionException.class,
                    () -> CaptionText.inJson(json.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static String refused(byte[] bytes) {
        return assertThrows(BrokenCaptionException.class, () -> CaptionText.plain(bytes))
                .getMessage();
    }
}
