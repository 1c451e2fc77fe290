package org.minigpt4j.model.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Wraps kernel text as a TorchScript archive, the file that {@code torch.jit.save} would write: a
 * zip of stored entries with a version, the pickle of one module object that has no tensors, an
 * empty constant table, and the code. Needs no Python.
 */
final class KernelArchive {

    private static final String VERSION = "10\n";

    /** Protocol 2: {@code __torch__.Kernels.__new__()}, state {@code {"training": False}}. */
    private static final String MODULE =
            "\u0080\u0002c__torch__\nKernels\n)\u0081}(X\b\0\0\0training\u0089ub.";

    /** Protocol 2: the empty tuple. */
    private static final String NO_CONSTANTS = "\u0080\u0002).";

    private KernelArchive() {}

    /** The text {@code code}, its line LINEAR replaced by the text of {@code linear}. */
    static String text(String code, String linear) {
        return resource(code).replace("LINEAR\n", resource(linear));
    }

    /** The archive of a text. */
    static byte[] of(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, "ops/version", VERSION.getBytes(StandardCharsets.US_ASCII));
            put(zip, "ops/data.pkl", MODULE.getBytes(StandardCharsets.ISO_8859_1));
            put(zip, "ops/constants.pkl", NO_CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
            put(zip, "ops/code/__torch__.py", text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static String resource(String name) {
        try (InputStream in = KernelArchive.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] data) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(data);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(data.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(data);
        zip.closeEntry();
    }
}
