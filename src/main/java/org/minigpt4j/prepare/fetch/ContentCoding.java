package org.minigpt4j.prepare.fetch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** Undoes a content encoding that was sent unasked, up to a number of bytes. */
final class ContentCoding {

    private ContentCoding() {}

    static byte[] undo(String encoding, byte[] body, int maxBytes) throws FetchException {
        String name = encoding.toLowerCase(Locale.ROOT);
        if (name.isEmpty() || name.equals("identity")) {
            return body;
        }
        try (InputStream in = unpacking(name, body)) {
            byte[] bytes = in.readNBytes(maxBytes);
            if (in.read() >= 0) {
                throw new FetchException(
                        FetchFault.TOO_LARGE,
                        String.format(Locale.ROOT, "unpacks to more than %d bytes", maxBytes));
            }
            return bytes;
        } catch (FetchException e) {
            throw e;
        } catch (IOException e) {
            throw new FetchException(
                    FetchFault.ENCODING, "broken " + encoding + ": " + e.getMessage());
        }
    }

    private static InputStream unpacking(String name, byte[] body) throws IOException {
        InputStream in = new ByteArrayInputStream(body);
        return switch (name) {
            case "gzip", "x-gzip" -> new GZIPInputStream(in);
            case "deflate" -> new InflaterInputStream(in);
            default -> throw new FetchException(FetchFault.ENCODING, "cannot be unpacked: " + name);
        };
    }
}
