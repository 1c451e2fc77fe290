package org.minigpt4j.image;

import org.junit.jupiter.api.Nested;
import org.minigpt4j.FailedException;
import org.minigpt4j.config.ResizeMode;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Changed picture files of each format are decoded or refused in words, for training and shards.
 */
class PictureFuzzTest {

    private static final long MOST_PIXELS = 2_000_000;

    @Nested
    class Jpeg extends Format {
        Jpeg() {
            super("jpeg", "pictures", ".jpg");
        }

        @Override
        protected List<String> dictionary() {
            return List.of("\u00ff\u00da", "\u00ff\u00c2", "\u00ff\u00d9", "\u00ff\u00dd", "Adobe");
        }
    }

    @Nested
    class Png extends Format {
        Png() {
            super("png", "pictures", ".png");
        }

        @Override
        protected List<String> dictionary() {
            return List.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND", "\0\0\0\0", "\u0010");
        }
    }

    @Nested
    class Webp extends Format {
        Webp() {
            super("webp", "webp", ".webp");
        }

        @Override
        protected List<String> dictionary() {
            return List.of("VP8 ", "VP8L", "VP8X", "ANIM", "ANMF", "ALPH");
        }
    }

    @Nested
    class Gif extends Format {
        Gif() {
            super("gif", "pictures", ".gif");
        }

        @Override
        protected List<String> dictionary() {
            return List.of("!\u00f9\u0004", ",", ";", "\u00ff\u00ff");
        }
    }

    @Nested
    class Bmp extends Format {
        Bmp() {
            super("bmp", "pictures", ".bmp");
        }
    }

    @Nested
    class Tiff extends Format {
        Tiff() {
            super("tiff", "pictures", ".tif");
        }

        @Override
        protected List<String> dictionary() {
            return List.of("\u0001\u0001\u0003\0", "\u0042\u0001", "\u0087\u0069\u0004");
        }
    }

    private abstract static class Format extends FuzzedReader {

        private final String folder;
        private final String ending;

        Format(String name, String folder, String ending) {
            super(name);
            this.folder = folder;
            this.ending = ending;
        }

        @Override
        protected FuzzTarget target() {
            ImageDecoder decoder = new ImageDecoder(MOST_PIXELS);
            PicturePreparer preparer =
                    new PicturePreparer(
                            new PictureSettings(
                                    ResizeMode.BORDER,
                                    256,
                                    95,
                                    false,
                                    false,
                                    true,
                                    0,
                                    0,
                                    0,
                                    0,
                                    MOST_PIXELS));
            return bytes -> {
                preparer.prepare(bytes);
                try {
                    decoder.decode(bytes);
                } catch (BadImageException e) {
                    throw new FailedException(e.getMessage(), e);
                }
            };
        }

        @Override
        protected List<byte[]> seeds() throws Exception {
            Path path = Path.of(PictureFuzzTest.class.getResource(folder).toURI());
            List<byte[]> files = new ArrayList<>();
            try (Stream<Path> all = Files.list(path)) {
                for (Path file : all.filter(this::isSeed).sorted().toList()) {
                    files.add(Files.readAllBytes(file));
                }
            }
            if (files.isEmpty()) {
                throw new IOException("no " + ending + " in " + path);
            }
            return files;
        }

        private boolean isSeed(Path file) {
            String name = file.getFileName().toString();
            return name.endsWith(ending) && !name.endsWith(".expected.png");
        }
    }
}
