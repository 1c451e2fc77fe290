package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.prepare.fetch.TestPictures;
import org.minigpt4j.prepare.shard.PairRow;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.RescaleOp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/** Pictures that were encoded again, scaled or made brighter, in shards of several rounds. */
class NearDuplicatesIT {

    private static final int PICTURES = 40;
    private static final int DISTANCE = 4;

    @TempDir private Path temp;

    @Test
    void ofPicturesThatLookAlikeTheFirstStays() throws Exception {
        Path images = Files.createDirectories(temp.resolve("images"));
        int made = 0;
        for (int number = 0; made < PICTURES; number++) {
            BufferedImage picture = TestPictures.picture(number);
            if (Math.min(picture.getWidth(), picture.getHeight()) >= 120) {
                made++;
                write(images, number + "-as-it-is", picture, 0.95f);
                write(images, number + "-encoded-again", picture, 0.6f);
                write(images, number + "-smaller", smaller(picture), 0.9f);
                write(
                        images,
                        number + "-brighter",
                        new RescaleOp(1, 8, null).filter(picture, null),
                        0.9f);
            }
        }
        PreparedFolder folder = prepare(images, "out", 2, "prepare.budget=" + PICTURES);
        check(folder);
        assertEquals(PICTURES, folder.pictures.size());
        assertTrue(folder.manifest.getAsJsonArray("shards").size() > 3, "several rounds");
        assertEquals(folder.rows, prepare(images, "again", 1, "prepare.budget=" + PICTURES).rows);

        // All at once: what is alike is found across shards made at the same time.
        PreparedFolder all = prepare(images, "all", 2);
        check(all);
        assertEquals(4 * PICTURES, all.rows.size());
        Set<String> seen = new HashSet<>();
        long twice =
                all.rows.values().stream()
                        .filter(row -> row.isSuccess() && !seen.add(number(row)))
                        .count();
        System.out.println(
                "NearDuplicatesIT: "
                        + all.pictures.size()
                        + " of "
                        + all.rows.size()
                        + " kept, "
                        + twice
                        + " twice");
        assertEquals(PICTURES, seen.size(), "no picture was lost");
        assertTrue(twice < PICTURES / 4, twice + " of " + 3 * PICTURES + " changed ones not found");

        // The same hash only finds fewer.
        PreparedFolder exact = prepare(images, "exact", 2, "prepare.dedupe_distance=0");
        assertTrue(exact.pictures.size() > all.pictures.size() + PICTURES / 4);
    }

    /** Nothing that stays is near, and what goes is near one before it; found without an index. */
    private static void check(PreparedFolder folder) {
        List<PairRow> before = new ArrayList<>();
        for (PairRow row : folder.rows.values()) {
            boolean nearOne = false;
            for (PairRow other : before) {
                boolean near =
                        Long.bitCount(row.perceptualHash() ^ other.perceptualHash()) <= DISTANCE;
                nearOne |= near;
                assertTrue(!near || !row.isSuccess() || !other.isSuccess(), row + " and " + other);
            }
            assertTrue(row.isSuccess() || nearOne, row.toString());
            before.add(row);
        }
    }

    /** Of the picture that it was made of. */
    private static String number(PairRow row) {
        String file = row.url().substring(row.url().lastIndexOf('/') + 1);
        return file.substring(0, file.indexOf('-'));
    }

    private PreparedFolder prepare(Path images, String output, int cores, String... options)
            throws Exception {
        List<String> all =
                new ArrayList<>(
                        List.of(
                                "prepare.dedupe=perceptual",
                                "prepare.dedupe_distance=" + DISTANCE,
                                "prepare.samples_per_shard=20",
                                "prepare.reserve=10"));
        all.addAll(List.of(options));
        Preparation.run(
                PrepareYaml.of(
                        temp,
                        images,
                        temp.resolve(output).toString(),
                        "127.0.0.1",
                        all.toArray(String[]::new)),
                Optional.of("local[" + cores + "]"),
                PrepareYaml.local(),
                PrepareYaml.QUIET);
        return PreparedFolder.read(temp + "/" + output + "/web", Map.of());
    }

    private static BufferedImage smaller(BufferedImage picture) {
        int width = picture.getWidth() * 3 / 4;
        int height = picture.getHeight() * 3 / 4;
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = small.createGraphics();
        pen.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        pen.drawImage(picture, 0, 0, width, height, null);
        pen.dispose();
        return small;
    }

    private static void write(Path folder, String name, BufferedImage picture, float quality)
            throws Exception {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam how = writer.getDefaultWriteParam();
        how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        how.setCompressionQuality(quality);
        try (var out = ImageIO.createImageOutputStream(folder.resolve(name + ".jpg").toFile())) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), how);
        } finally {
            writer.dispose();
        }
        Files.writeString(folder.resolve(name + ".txt"), "picture " + name);
    }
}
