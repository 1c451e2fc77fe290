package org.minigpt4j.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The one way from a caption's file to its text. A byte-order mark says UTF-8, UTF-16 or UTF-32 and
 * is no part of the text; without one it is UTF-8. What cannot be decoded is never learnt.
 */
public final class CaptionText {

    /** Marks, the longer ones first: UTF-32's begins with UTF-16's. */
    private static final Map<String, Charset> MARKS = new LinkedHashMap<>();

    static {
        MARKS.put("efbbbf", StandardCharsets.UTF_8);
        MARKS.put("fffe0000", Charset.forName("UTF-32LE"));
        MARKS.put("0000feff", Charset.forName("UTF-32BE"));
        MARKS.put("fffe", StandardCharsets.UTF_16LE);
        MARKS.put("feff", StandardCharsets.UTF_16BE);
    }

    private CaptionText() {}

    /** A caption that is no text; the message says why, after the name of its file. */
    public static final class BrokenCaptionException extends Exception {

        private static final long serialVersionUID = 1L;

        BrokenCaptionException(String message) {
            super(message);
        }
    }

    /** The text of a {@code .txt}. */
    public static String plain(byte[] bytes) throws BrokenCaptionException {
        return checked(decode(bytes));
    }

    /** The caption in a {@code .json}, if it has one. */
    public static Optional<String> inJson(byte[] bytes) throws BrokenCaptionException {
        Optional<String> caption = CaptionJson.captionIn(decode(bytes));
        return caption.isPresent() ? Optional.of(checked(caption.get())) : caption;
    }

    /** The characters of a file without its mark; they may still be no caption. */
    public static String decode(byte[] bytes) throws BrokenCaptionException {
        String head = HexFormat.of().formatHex(bytes, 0, Math.min(4, bytes.length));
        Charset charset = StandardCharsets.UTF_8;
        int mark = 0;
        for (Map.Entry<String, Charset> one : MARKS.entrySet()) {
            if (head.startsWith(one.getKey())) {
                charset = one.getValue();
                mark = one.getKey().length() / 2;
                break;
            }
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, mark, bytes.length - mark);
        try {
            return charset.newDecoder().decode(rest).toString();
        } catch (CharacterCodingException e) {
            throw new BrokenCaptionException(
                    "is not text in %s from byte %s on; save it as UTF-8"
                            .formatted(charset, Integer.toString(rest.position())));
        }
    }

    /** A caption of a list or an annotation file, which may hold what is no text. */
    public static String checked(String caption) throws BrokenCaptionException {
        String text = caption.startsWith("\uFEFF") ? caption.substring(1) : caption;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new BrokenCaptionException(
                        "holds a zero character at character %s; it may be UTF-16 without its mark, save it as UTF-8"
                                .formatted(Integer.toString(i)));
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new BrokenCaptionException(
                        "holds half a character at character %s".formatted(Integer.toString(i)));
            }
        }
        return text;
    }
}
