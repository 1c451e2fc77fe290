package org.minigpt4j.prepare.list;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * The characters of a list. They are UTF-8, or what the mark at a file's beginning says; UTF-16
 * without a mark, as PowerShell writes it, shows by its zero bytes. What cannot be decoded becomes
 * {@link #UNREADABLE}, a code point that no text holds, so that a row can be told by it.
 */
final class ListText {

    /** Stands for bytes that are no characters. */
    private static final char UNREADABLE = '\uFDD0';

    private static final int LOOKED_AT = 4096;

    private ListText() {}

    /** Which characters a file is of, by its first bytes. */
    static Charset charset(byte[] head) {
        int b0 = head.length < 2 ? -1 : head[0] & 0xff;
        int b1 = head.length < 2 ? -1 : head[1] & 0xff;
        boolean zeros = head.length >= 4 && head[2] == 0 && head[3] == 0;
        if (b0 == 0xff && b1 == 0xfe) {
            return zeros ? Charset.forName("UTF-32LE") : StandardCharsets.UTF_16LE;
        }
        if (b0 == 0xfe && b1 == 0xff) {
            return StandardCharsets.UTF_16BE;
        }
        if (b0 == 0 && b1 == 0 && head.length >= 4 && (head[3] & 0xff) == 0xff) {
            return Charset.forName("UTF-32BE");
        }
        return byZeros(head);
    }

    private static Charset byZeros(byte[] head) {
        int pairs = Math.min(head.length, LOOKED_AT) / 2;
        int first = 0;
        int second = 0;
        for (int i = 0; i < pairs; i++) {
            first += head[2 * i] == 0 ? 1 : 0;
            second += head[2 * i + 1] == 0 ? 1 : 0;
        }
        int many = pairs / 3;
        if (pairs < 4 || Math.max(first, second) <= many || Math.min(first, second) > many) {
            return StandardCharsets.UTF_8;
        }
        return first > second ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
    }

    /** The same characters in UTF-8, without a mark; UTF-8 keeps its bytes but for the mark. */
    static InputStream utf8(InputStream in, Charset charset) throws IOException {
        if (charset.equals(StandardCharsets.UTF_8)) {
            PushbackInputStream marked = new PushbackInputStream(in, 3);
            byte[] mark = marked.readNBytes(3);
            if (!isMark(mark)) {
                marked.unread(mark);
            }
            return marked;
        }
        return new Utf8(new InputStreamReader(in, decoder(charset)));
    }

    private static boolean isMark(byte[] bytes) {
        return bytes.length >= 3
                && (bytes[0] & 0xff) == 0xef
                && (bytes[1] & 0xff) == 0xbb
                && (bytes[2] & 0xff) == 0xbf;
    }

    /** How many bytes of a file are not in what {@link #utf8} gives: those of UTF-8's mark. */
    static int markLength(byte[] head) {
        return isMark(head) ? 3 : 0;
    }

    /** The characters of UTF-8; those of a mark at the beginning are left out. */
    static Reader reader(InputStream in, Charset charset) throws IOException {
        return new InputStreamReader(utf8(in, charset), decoder(StandardCharsets.UTF_8));
    }

    /** Characters out of UTF-8. */
    static String decode(byte[] bytes, int from, int length) {
        String text = new String(bytes, from, length, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') < 0) {
            return text; // by far the most
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes, from, length);
            CharBuffer decoded = decoder(StandardCharsets.UTF_8).decode(in);
            return decoded.toString();
        } catch (CharacterCodingException e) {
            throw new IllegalStateException("replaced, not reported", e);
        }
    }

    private static CharsetDecoder decoder(Charset charset) {
        return charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE)
                .replaceWith("" + UNREADABLE);
    }

    /** The text of a small file in its own characters. */
    static String decode(byte[] file) throws IOException {
        byte[] utf8 = utf8(new ByteArrayInputStream(file), charset(file)).readAllBytes();
        return decode(utf8, 0, utf8.length);
    }

    /** Whether some of the bytes were no characters. */
    static boolean isUnreadable(String text) {
        return text != null && text.indexOf(UNREADABLE) >= 0;
    }

    /** Why a row is left out, half a sentence. */
    static String fault(String what) {
        int at = what.indexOf(UNREADABLE);
        String before = what.substring(Math.max(0, at - 20), at);
        return "it is not UTF-8 after \"%s\"; save it as UTF-8 or UTF-16".formatted(before);
    }

    /** Characters in UTF-8. */
    private static final class Utf8 extends InputStream {

        private final Reader in;
        private final char[] characters = new char[1 << 14];
        private InputStream encoded = new ByteArrayInputStream(new byte[0]);
        private boolean begun;
        private char half;

        Utf8(Reader in) {
            this.in = in;
        }

        private boolean fill() throws IOException {
            int from = half == 0 ? 0 : 1;
            characters[0] = half;
            half = 0;
            int read = in.read(characters, from, characters.length - from);
            int length = from + Math.max(0, read);
            if (length == 0) {
                return false;
            }
            if (read > 0 && Character.isHighSurrogate(characters[length - 1])) {
                half = characters[--length];
            }
            int mark = !begun && length > 0 && characters[0] == '\uFEFF' ? 1 : 0;
            begun = true;
            String text = new String(characters, mark, length - mark);
            encoded = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
            return true;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = encoded.read(bytes, offset, length);
            while (read < 0) {
                if (!fill()) {
                    return -1;
                }
                read = encoded.read(bytes, offset, length);
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
