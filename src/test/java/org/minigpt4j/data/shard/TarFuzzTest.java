package org.minigpt4j.data.shard;

import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.data.Tars;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Whatever a shard holds, its samples are read, are flaws, or the shard is refused in words. */
class TarFuzzTest extends FuzzedReader {

    @TempDir static Path folder;

    TarFuzzTest() {
        super("tar");
    }

    @Override
    protected FuzzTarget target() {
        return bytes -> {
            Path tar = Files.write(folder.resolve("0.tar"), bytes);
            Files.deleteIfExists(folder.resolve("0.tar.index"));
            Path cache = folder.resolve("cache");
            TarSource source = TarSource.open("fuzz", List.of(new Shard.Local(tar)), cache);
            source.flaws();
            for (int i = 0; i < source.shardSizes()[0]; i++) {
                try {
                    source.identity(i);
                    source.read(i);
                } catch (BadSampleException one) {
                    continue;
                }
            }
        };
    }

    @Override
    protected List<byte[]> seeds() throws Exception {
        String longName = "a/".repeat(70) + "b";
        byte[] plain =
                new Tars()
                        .add("0.jpg", "picture")
                        .add("0.txt", "caption")
                        .add("0.seg.png", "mask")
                        .add("1.png", "picture")
                        .add("1.json", "{\"caption\": \"text\"}")
                        .add(longName + ".jpg", "picture")
                        .add(longName + ".txt", "wide".getBytes(StandardCharsets.UTF_16))
                        .bytes();
        byte[] gnu =
                new Tars()
                        .gnu()
                        .add(longName + ".webp", "picture")
                        .add(longName + ".txt", "caption")
                        .bytes();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return List.of(plain, gnu, packed.toByteArray());
    }

    @Override
    protected List<String> dictionary() {
        return List.of("ustar\0" + "00", "12 size=9\n", "20 path=a/b/c/d.jpg\n", "\0".repeat(512));
    }
}
