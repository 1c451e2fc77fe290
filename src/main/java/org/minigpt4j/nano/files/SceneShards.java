package org.minigpt4j.nano.files;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/**
 * Writes scenes as img2dataset writes web pictures: shards of consecutive {@code KEY.jpg}, {@code
 * KEY.json}, {@code KEY.txt} members, KEY being five digits of the shard and four of the sample,
 * the json with the caption, the address and what became of the download. The same scenes give the
 * same bytes.
 */
public final class SceneShards {

    private static final int SAMPLES_PER_SHARD = 1000;
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private SceneShards() {}

    /**
     * Writes {@code count} scenes as stage-1 training data: WebDataset shards {@code 00000.tar},
     * {@code 00001.tar}, ... as img2dataset lays them out.
     *
     * @param first number of the first scene
     */
    public static void write(SceneWorld world, Path folder, long first, int count)
            throws IOException {
        write(world, folder, LongStream.range(first, first + count).boxed().toList());
    }

    /** As {@link #write(SceneWorld, Path, long, int)}, for scenes of these numbers. */
    public static void write(SceneWorld world, Path folder, List<Long> numbers) throws IOException {
        int count = numbers.size();
        for (int shard = 0; shard * SAMPLES_PER_SHARD < count; shard++) {
            int start = shard * SAMPLES_PER_SHARD;
            int samples = Math.min(SAMPLES_PER_SHARD, count - start);
            try (AtomicFile file =
                    AtomicFile.create(
                            folder.resolve(String.format(Locale.ROOT, "%05d.tar", shard)))) {
                OutputStream out =
                        new BufferedOutputStream(Channels.newOutputStream(file.channel()));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out);
                for (int i = 0; i < samples; i++) {
                    add(
                            tar,
                            world,
                            String.format(Locale.ROOT, "%05d%04d", shard, i),
                            numbers.get(start + i));
                }
                tar.finish();
                out.flush();
                file.commit();
            }
        }
    }

    private static void add(TarArchiveOutputStream tar, SceneWorld world, String key, long number)
            throws IOException {
        String caption = world.caption(number);
        JsonObject json = new JsonObject();
        json.addProperty("caption", caption);
        json.addProperty("url", String.format(Locale.ROOT, "scene:%d/%d", world.seed(), number));
        json.addProperty("key", key);
        json.addProperty("status", "success");
        json.add("error_message", JsonNull.INSTANCE);
        json.addProperty("width", world.imageSize());
        json.addProperty("height", world.imageSize());
        json.addProperty("original_width", world.imageSize());
        json.addProperty("original_height", world.imageSize());
        json.addProperty("exif", "{}");
        member(tar, key + ".jpg", world.jpeg(number));
        member(tar, key + ".json", GSON.toJson(json).getBytes(StandardCharsets.UTF_8));
        member(tar, key + ".txt", caption.getBytes(StandardCharsets.UTF_8));
    }

    private static void member(TarArchiveOutputStream tar, String name, byte[] content)
            throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        entry.setModTime(0);
        entry.setMode(0444);
        entry.setIds(0, 0);
        entry.setNames("", "");
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
