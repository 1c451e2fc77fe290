package org.minigpt4j.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.FailedException;
import org.minigpt4j.Goldens;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;

class PictureReaderTest {

    @Test
    void whatTrainingWouldPassOverIsRefused() throws IOException {
        byte[] file = Files.readAllBytes(Goldens.path("images/00_png_rgb_odd.png"));
        PictureReader reader = new PictureReader(8);
        assertEquals(8 * 8 * 3, reader.read(file).length);
        ByteBuffer.wrap(file).putInt(16, 10_000).putInt(20, 8_948);
        FailedException error = assertThrows(FailedException.class, () -> reader.read(file));
        assertTrue(error.getMessage().contains("pixels"), error.getMessage());
    }
}
