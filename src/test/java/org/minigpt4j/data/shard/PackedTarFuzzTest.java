package org.minigpt4j.data.shard;

import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Nested;
import org.minigpt4j.FailedException;
import org.minigpt4j.data.Tars;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;
import org.minigpt4j.io.ReadFailure;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Packed tars: their members and blocks, and the tars that come out. */
class PackedTarFuzzTest {

    @Nested
    class Gzip extends Packed {

        Gzip() {
            super("tar.gz", PackedTar.GZIP);
        }

        @Override
        OutputStream packer(OutputStream out) throws IOException {
            return new GZIPOutputStream(out);
        }
    }

    @Nested
    class Bzip2 extends Packed {

        Bzip2() {
            super("tar.bz2", PackedTar.BZIP2);
        }

        @Override
        OutputStream packer(OutputStream out) throws IOException {
            return new BZip2CompressorOutputStream(out, 1);
        }
    }

    private abstract static class Packed extends FuzzedReader {

        private final PackedTar kind;

        Packed(String name, PackedTar kind) {
            super(name);
            this.kind = kind;
        }

        abstract OutputStream packer(OutputStream out) throws IOException;

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                Path copy = folder.resolve("copy.tar");
                try {
                    kind.unpack(new ByteArrayInputStream(bytes), copy, "a tar");
                    SampleGroups groups = new SampleGroups();
                    long length = Files.size(copy);
                    try (InputStream in = new BufferedInputStream(Files.newInputStream(copy))) {
                        TarScan.Result result =
                                TarScan.of(in, length, (member, content) -> groups.add(member));
                        ShardIndex.finish(groups, result, length, copy.toString(), true);
                    }
                } catch (IOException e) {
                    throw new FailedException(ReadFailure.reason(e), e); // as its readers say
                } finally {
                    Files.deleteIfExists(copy);
                }
            };
        }

        @Override
        protected long mostAllocated() {
            return 512L << 20; // bzip2 has megabytes for each of its streams
        }

        @Override
        protected List<byte[]> seeds() throws Exception {
            byte[] tar = new Tars().add("0.jpg", "picture").add("0.txt", "caption").bytes();
            return List.of(packed(tar), packed(tar, new byte[0], tar), packed(new byte[100_000]));
        }

        private byte[] packed(byte[]... members) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (byte[] member : members) {
                ByteArrayOutputStream one = new ByteArrayOutputStream();
                try (OutputStream out = packer(one)) {
                    out.write(member);
                }
                all.writeBytes(one.toByteArray());
            }
            return all.toByteArray();
        }
    }
}
