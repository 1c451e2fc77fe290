package org.minigpt4j.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The part of a JPEG file before its first scan, parsed as in libjpeg. {@link #plain} returns the
 * file without any metadata. The JDK's decoder acts on colour profiles, EXIF data and its own
 * guesses, whereas Pillow considers only the JFIF and Adobe markers. So {@code plain} keeps exactly
 * one marker, which both interpret alike.
 *
 * @param across horizontal samples of the first component for each sample of the others
 * @param down vertical samples, likewise
 */
record JpegHeader(int width, int height, Coding coding, int across, int down) {

    /** The meaning of a pixel's components. */
    enum Coding {
        GRAY,
        RGB,
        YCC,
        CMYK,
        YCCK
    }

    private static final byte[] JFIF = {
        (byte) 0xFF, (byte) 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    /**
     * Reads the header. Throws {@link IllegalArgumentException} or an index error if it is damaged.
     */
    static JpegHeader read(byte[] file) {
        return new Parser(file).header();
    }

    static boolean isJpeg(byte[] file) {
        return file.length > 2 && file[0] == (byte) 0xFF && file[1] == (byte) 0xD8;
    }

    /** The file without application data and comments, with a single marker for its colours. */
    byte[] plain(byte[] file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(file.length);
        out.write(file, 0, 2);
        if (coding == Coding.GRAY || coding == Coding.YCC) {
            out.writeBytes(JFIF);
        } else {
            int transform = coding == Coding.YCCK ? 2 : 0;
            out.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e'});
            out.writeBytes(new byte[] {0, 100, 0, 0, 0, 0, (byte) transform});
        }
        Parser parser = new Parser(file);
        for (int marker; (marker = parser.marker()) != Parser.START_OF_SCAN; ) {
            int start = parser.at;
            parser.skip();
            boolean said = marker >= 0xE0 && marker <= 0xEF || marker == Parser.COMMENT;
            if (!said) {
                out.write(0xFF);
                out.write(marker);
                out.write(file, start, parser.at - start);
            }
        }
        out.write(0xFF);
        out.write(Parser.START_OF_SCAN);
        out.write(file, parser.at, file.length - parser.at);
        return out.toByteArray();
    }

    private static final class Parser {

        static final int START_OF_SCAN = 0xDA;
        static final int COMMENT = 0xFE;

        private final byte[] file;
        private int at = 2;

        Parser(byte[] file) {
            this.file = file;
        }

        /** Reads the next marker and leaves the position at the length of its segment. */
        int marker() {
            int marker;
            do {
                while (u8(at) != 0xFF) {
                    at++;
                }
                while (u8(at) == 0xFF) {
                    at++;
                }
                marker = u8(at++);
            } while (marker == 0 || marker == 1 || marker >= 0xD0 && marker <= 0xD7);
            return marker;
        }

        void skip() {
            int length = u16(at);
            if (length < 2) {
                throw new IllegalArgumentException("a segment of length " + length);
            }
            at += length;
        }

        JpegHeader header() {
            boolean jfif = false;
            int adobe = -1;
            for (int marker; (marker = marker()) != START_OF_SCAN; skip()) {
                if (marker == 0xE0 && says("JFIF\0")) {
                    jfif = true;
                } else if (marker == 0xEE && says("Adobe") && u16(at) >= 14) {
                    adobe = u8(at + 13);
                } else if (isFrame(marker)) {
                    return frame(jfif, adobe);
                } else if (marker == 0xD9) {
                    break;
                }
            }
            throw new IllegalArgumentException("no frame before the first scan");
        }

        private JpegHeader frame(boolean jfif, int adobe) {
            int[] component = new int[u8(at + 7)];
            for (int i = 0; i < component.length; i++) {
                component[i] = u8(at + 8 + 3 * i);
            }
            // Markers after the frame are rare, but they count as well.
            int frame = at;
            skip();
            for (int marker; (marker = marker()) != START_OF_SCAN; skip()) {
                jfif |= marker == 0xE0 && says("JFIF\0");
                if (marker == 0xEE && says("Adobe") && u16(at) >= 14) {
                    adobe = u8(at + 13);
                }
            }
            int sampling = u8(frame + 9);
            return new JpegHeader(
                    u16(frame + 5),
                    u16(frame + 3),
                    coding(component, jfif, adobe),
                    sampling >> 4,
                    sampling & 15);
        }

        /** libjpeg's {@code default_decompress_parms}. */
        private static Coding coding(int[] component, boolean jfif, int adobe) {
            return switch (component.length) {
                case 1 -> Coding.GRAY;
                case 3 -> {
                    boolean named =
                            component[0] == 'R' && component[1] == 'G' && component[2] == 'B';
                    yield !jfif && (adobe == 0 || adobe < 0 && named) ? Coding.RGB : Coding.YCC;
                }
                case 4 -> adobe > 0 ? Coding.YCCK : Coding.CMYK;
                default ->
                        throw new IllegalArgumentException(component.length + " colour components");
            };
        }

        private static boolean isFrame(int marker) {
            return marker >= 0xC0
                    && marker <= 0xCF
                    && marker != 0xC4
                    && marker != 0xC8
                    && marker != 0xCC;
        }

        private boolean says(String name) {
            int start = at + 2;
            return start + name.length() <= file.length
                    && new String(file, start, name.length(), StandardCharsets.ISO_8859_1)
                            .equals(name);
        }

        private int u8(int index) {
            return file[index] & 0xFF;
        }

        private int u16(int index) {
            return u8(index) << 8 | u8(index + 1);
        }
    }
}
