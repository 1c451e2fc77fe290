package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.data.Tars;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whatever an index says, no sample gets the picture or the caption of another. */
class ShardIndexFuzzTest extends FuzzedReader {

    @TempDir static Path folder;

    ShardIndexFuzzTest() {
        super("index");
    }

    private static Path tar() throws Exception {
        Tars tars = new Tars();
        for (int i = 0; i < 6; i++) {
            tars.add(i + ".jpg", "picture " + i).add(i + ".txt", "text " + i);
        }
        return tars.add("7.jpg", "no caption").write(folder.resolve("0.tar"));
    }

    @Override
    protected FuzzTarget target() throws Exception {
        Path tar = tar();
        return bytes -> {
            Files.write(folder.resolve("0.tar.index"), bytes);
            Path cache = folder.resolve("cache");
            TarSource source = TarSource.open("fuzz", List.of(new Shard.Local(tar)), cache);
            for (int i = 0; i < source.shardSizes()[0]; i++) {
                SampleSource.RawSample sample = source.read(i);
                String picture = new String(sample.image(), StandardCharsets.UTF_8);
                assertEquals("text " + sample.key(), sample.caption());
                assertEquals("picture " + sample.key(), picture);
            }
        };
    }

    @Override
    protected List<byte[]> seeds() throws Exception {
        String index = ShardIndexFile.text(ShardIndex.scan(tar()));
        return List.of(index.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    protected List<String> dictionary() {
        return List.of(
                "512", "1024", "-512", "9223372036854775807", "\t", "!\t0\tNO_IMAGE\tx\t1\n");
    }
}
