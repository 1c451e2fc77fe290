package org.minigpt4j.io.web;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decodes content codings that a server applied unasked. Everything is bounded: unpacked bytes,
 * number of nested codings, members of a gzip file. The JDK's {@code GZIPInputStream} is not used,
 * because it recurses after an empty member, so 20,000 of them overflow the stack.
 */
public final class ContentCoding {

    private static final int MOST_CODINGS = 2;
    private static final int MOST_MEMBERS = 4096;
    private static final int PIECE = 64 << 10;
    private static final int TRAILER = 8;

    /** Flags of a gzip member's header (RFC 1952). */
    private static final int HEADER_CRC = 2;

    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;

    private final int maxBytes;
    private final boolean cut;

    /**
     * If {@code cut} is true, a body that is longer than {@code maxBytes} or ends early is
     * truncated; otherwise it is a fault.
     */
    public ContentCoding(int maxBytes, boolean cut) {
        this.maxBytes = maxBytes;
        this.cut = cut;
    }

    /**
     * Removes the codings, given in the order in which they were applied.
     *
     * @throws FetchException if one is unknown, or the body is damaged or too large unpacked
     */
    public byte[] undo(String encoding, byte[] body) throws FetchException {
        List<String> codings =
                Arrays.stream(encoding.toLowerCase(Locale.ROOT).split(","))
                        .map(String::strip)
                        .filter(name -> !name.isEmpty() && !name.equals("identity"))
                        .toList();
        if (codings.size() > MOST_CODINGS) {
            throw new FetchException(
                    FetchFault.ENCODING,
                    "packed %d times, more than %d".formatted(codings.size(), MOST_CODINGS));
        }
        byte[] bytes = body;
        for (int i = codings.size() - 1; i >= 0; i--) {
            String name = codings.get(i);
            try {
                bytes =
                        switch (name) {
                            case "gzip", "x-gzip" -> gunzip(bytes);
                            case "deflate" -> inflate(bytes);
                            default ->
                                    throw new FetchException(
                                            FetchFault.ENCODING, "cannot be unpacked: " + name);
                        };
            } catch (DataFormatException e) {
                throw new FetchException(
                        FetchFault.ENCODING, "broken %s: %s".formatted(name, e.getMessage()));
            }
        }
        return bytes;
    }

    /** By the standard this is a zlib stream; some servers send a bare deflate stream. */
    private byte[] inflate(byte[] body) throws FetchException, DataFormatException {
        boolean zlib =
                body.length > 1
                        && (body[0] & 15) == 8
                        && ((body[0] & 0xFF) << 8 | body[1] & 0xFF) % 31 == 0;
        ByteArrayOutputStream out = new ByteArrayOutputStream(PIECE);
        unpack(body, 0, !zlib, out);
        return out.toByteArray();
    }

    /** Unpacks all members and ignores trailing bytes that are not a member. */
    private byte[] gunzip(byte[] body) throws FetchException, DataFormatException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(PIECE);
        int at = 0;
        int members = 0;
        do {
            if (++members > MOST_MEMBERS) {
                throw new FetchException(
                        FetchFault.ENCODING,
                        "gzip of more than %d members".formatted(MOST_MEMBERS));
            }
            int before = out.size();
            int start = afterHeader(body, at);
            at = start > body.length ? -1 : unpack(body, start, true, out);
            if (at < 0 || at + TRAILER > body.length) { // truncated, or enough bytes
                if (cut) {
                    break;
                }
                throw new DataFormatException("it ends early");
            }
            check(body, at, out.toByteArray(), before);
            at += TRAILER;
        } while (isMember(body, at));
        return out.toByteArray();
    }

    private static boolean isMember(byte[] body, int at) {
        return at + 1 < body.length && body[at] == 0x1F && body[at + 1] == (byte) 0x8B;
    }

    /** The offset of a member's data. */
    private static int afterHeader(byte[] body, int start) throws DataFormatException {
        if (!isMember(body, start) || start + 10 > body.length || body[start + 2] != 8) {
            throw new DataFormatException("not in gzip format");
        }
        int flags = body[start + 3];
        int at = start + 10;
        if ((flags & EXTRA) != 0) {
            at += at + 1 < body.length ? 2 + (body[at] & 0xFF | (body[at + 1] & 0xFF) << 8) : 2;
        }
        for (int text : new int[] {NAME, COMMENT}) {
            if ((flags & text) != 0) {
                while (at < body.length && body[at] != 0) {
                    at++;
                }
                at++;
            }
        }
        return (flags & HEADER_CRC) != 0 ? at + 2 : at;
    }

    private static void check(byte[] body, int at, byte[] out, int from)
            throws DataFormatException {
        CRC32 crc = new CRC32();
        crc.update(out, from, out.length - from);
        if ((int) crc.getValue() != little(body, at) || out.length - from != little(body, at + 4)) {
            throw new DataFormatException("its checksum is wrong");
        }
    }

    private static int little(byte[] bytes, int at) {
        return bytes[at] & 0xFF
                | (bytes[at + 1] & 0xFF) << 8
                | (bytes[at + 2] & 0xFF) << 16
                | bytes[at + 3] << 24;
    }

    /**
     * Appends one stream's bytes; returns the offset of its end in {@code body}, or -1 if it was
     * truncated.
     */
    private int unpack(byte[] body, int start, boolean bare, ByteArrayOutputStream out)
            throws FetchException, DataFormatException {
        Inflater inflater = new Inflater(bare);
        try {
            inflater.setInput(body, start, body.length - start);
            byte[] piece = new byte[PIECE];
            while (!inflater.finished()) {
                int count = inflater.inflate(piece);
                int room = maxBytes - out.size();
                out.write(piece, 0, Math.min(count, room));
                if (count > room) {
                    if (cut) {
                        return -1;
                    }
                    throw new FetchException(
                            FetchFault.TOO_LARGE,
                            "unpacks to more than %d bytes".formatted(maxBytes));
                }
                if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
                    if (cut) {
                        return -1;
                    }
                    throw new DataFormatException("it ends early");
                }
            }
            return body.length - inflater.getRemaining();
        } finally {
            inflater.end();
        }
    }
}
