package org.minigpt4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/** NumPy's {@code .npz}: a zip of {@code .npy}, each a header in Python syntax and raw elements. */
public final class Npz {
    private static final Pattern HEADER =
            Pattern.compile(
                    "\\{'descr': '([<|]\\w+)', 'fortran_order': False, 'shape': \\(([\\d, ]*)\\), \\}");

    private final Map<String, Array> arrays;

    private Npz(Map<String, Array> arrays) {
        this.arrays = arrays;
    }

    /**
     * One array: {@code dtype} as NumPy writes it, such as {@code f4}, and its elements in C order.
     */
    public record Array(String dtype, long[] shape, ByteBuffer data) {

        /** The elements of an {@code f4} array. */
        public float[] floats() {
            require("f4");
            float[] values = new float[data.remaining() / Float.BYTES];
            view().asFloatBuffer().get(values);
            return values;
        }

        /** The elements of an {@code f8} array. */
        public double[] doubles() {
            require("f8");
            double[] values = new double[data.remaining() / Double.BYTES];
            view().asDoubleBuffer().get(values);
            return values;
        }

        /** The elements of an {@code i8} (64-bit) array. */
        public long[] longs() {
            require("i8");
            long[] values = new long[data.remaining() / Long.BYTES];
            view().asLongBuffer().get(values);
            return values;
        }

        /** The elements of a {@code u1} array. */
        public byte[] bytes() {
            require("u1");
            byte[] values = new byte[data.remaining()];
            view().get(values);
            return values;
        }

        private ByteBuffer view() {
            return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        }

        private void require(String expected) {
            if (!dtype.equals(expected)) {
                throw new IllegalStateException("an array of " + dtype + ", not " + expected);
            }
        }
    }

    /** Reads all arrays of a file, stored or deflated. */
    public static Npz read(Path path) {
        var arrays = new LinkedHashMap<String, Array>();
        try (ZipFile zip = new ZipFile(path.toFile())) {
            for (var entry : Collections.list(zip.entries())) {
                try (var in = zip.getInputStream(entry)) {
                    String name = entry.getName().replaceFirst("\\.npy$", "");
                    arrays.put(name, array(ByteBuffer.wrap(in.readAllBytes())));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Npz(arrays);
    }

    /** The names of the arrays, in the order of the file. */
    public Iterable<String> names() {
        return Collections.unmodifiableSet(arrays.keySet());
    }

    /** Whether there is such an array. */
    public boolean has(String name) {
        return arrays.containsKey(name);
    }

    /** The array of that name. */
    public Array get(String name) {
        return Objects.requireNonNull(arrays.get(name), () -> "no " + name + " in " + names());
    }

    /** The elements of an {@code f4} array. */
    public float[] floats(String name) {
        return get(name).floats();
    }

    /** The elements of an {@code f8} array. */
    public double[] doubles(String name) {
        return get(name).doubles();
    }

    /** The elements of an {@code i8} (64-bit) array. */
    public long[] longs(String name) {
        return get(name).longs();
    }

    /** The elements of a {@code u1} array. */
    public byte[] bytes(String name) {
        return get(name).bytes();
    }

    /** The shape of an array. */
    public long[] shape(String name) {
        return get(name).shape();
    }

    private static Array array(ByteBuffer file) {
        file.order(ByteOrder.LITTLE_ENDIAN);
        int major = file.get(6);
        int length = major == 1 ? Short.toUnsignedInt(file.getShort(8)) : file.getInt(8);
        int begin = major == 1 ? 10 : 12;
        String header =
                new String(file.array(), begin, length, StandardCharsets.ISO_8859_1).strip();
        Matcher match = HEADER.matcher(header);
        if (!match.matches()) {
            throw new IllegalStateException("not an array this reader knows: " + header);
        }
        long[] shape =
                Stream.of(match.group(2).split("[, ]+"))
                        .filter(size -> !size.isEmpty())
                        .mapToLong(Long::parseLong)
                        .toArray();
        ByteBuffer data = file.position(begin + length).slice().order(ByteOrder.LITTLE_ENDIAN);
        return new Array(match.group(1).substring(1), shape, data);
    }
}
