package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.data.Tars;
import org.minigpt4j.data.sample.Fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

class ShardIndexTest {

    @TempDir Path folder;

    @Test
    void consecutiveMembersWithOnePathUpToTheFirstDotAreASample() throws IOException {
        ShardIndex index =
                scan(
                        new Tars()
                                .add("000.jpg", "picture 0")
                                .add("000.json", "json 0")
                                .add("000.txt", "text 0")
                                .add("dir.v2/001.a.JPG", "not a picture: the suffix is a.jpg")
                                .add("dir.v2/001.PNG", "picture 1")
                                .add("dir.v2/001.cls", "5")
                                .add("dir.v2/001.txt", "text 1")
                                .add("dir/001.webp", "picture 2")
                                .add("dir/001.json", "json 2"));
        assertEquals(List.of("000", "dir.v2/001", "dir/001"), keys(index));
        assertEquals(
                List.of(Fault.MORE_PICTURES),
                index.faults().stream().map(ShardIndex.Flaw::fault).toList());
        assertEquals(0, index.faults().get(0).pairs(), "only told");
        assertEquals("picture 1", content(index.entries().get(1).image()));
        assertEquals("text 1", content(index.entries().get(1).text()));
        assertFalse(index.entries().get(1).json().exists());
        assertEquals("json 2", content(index.entries().get(2).json()));
    }

    @Test
    void membersThatBelongToNoSampleArePassedOver() throws IOException {
        ShardIndex index =
                scan(
                        new Tars()
                                .add("__meta__/info.json", "{}")
                                .add("__summary__", "{}")
                                .add("README", "no dot")
                                .addSpecial("folder.d/", TarConstants.LF_DIR)
                                .add(".hidden.jpg", "a picture of nothing")
                                .add("a.jpg", "picture")
                                .addSpecial("a.link", TarConstants.LF_SYMLINK)
                                .add("a.txt", "text"));
        assertEquals(List.of("a"), keys(index));
        assertEquals(List.of(), index.faults());
    }

    @Test
    void longAndForeignNamesAreReadInBothDialects() throws IOException {
        String longName = "very/".repeat(60) + "ключ-鍵";
        for (Tars tars : List.of(new Tars(), new Tars().gnu())) {
            ShardIndex index =
                    scan(tars.add(longName + ".jpg", "picture").add(longName + ".txt", "text"));
            assertEquals(List.of(longName), keys(index));
            assertEquals("text", content(index.entries().get(0).text()));
        }
    }

    @Test
    void whatIsMissingOrTwiceIsAFlaw() throws IOException {
        ShardIndex index =
                scan(
                        new Tars()
                                .add("a.txt", "no picture")
                                .add("b.jpg", "no caption")
                                .add("c.jpg", "")
                                .add("c.txt", "empty picture")
                                .add("d.jpg", "one")
                                .add("d.png", "two pictures")
                                .add("d.txt", "text")
                                .add("e.jpg", "good")
                                .add("e.txt", "good")
                                .add("f.jpg", "good")
                                .add("f.json", "good")
                                .add("e.jpg", "again")
                                .add("e.txt", "again")
                                .add("g.jpg", "one")
                                .add("g.jpg", "the same name"));
        assertEquals(List.of("d", "e", "f"), keys(index));
        assertEquals("one", content(index.entries().get(0).image()), "the jpg counts");
        assertEquals("good", content(index.entries().get(1).image()));
        assertEquals(
                List.of(
                        "a NO_IMAGE",
                        "b NO_CAPTION",
                        "c EMPTY_IMAGE",
                        "e DUPLICATE_KEY",
                        "g DUPLICATE_KEY",
                        " MORE_PICTURES"),
                index.faults().stream()
                        .sorted(Comparator.comparing(flaw -> flaw.fault() == Fault.MORE_PICTURES))
                        .sorted(
                                Comparator.comparing(
                                        flaw -> flaw.key().isEmpty() ? "z" : flaw.key()))
                        .map(flaw -> flaw.key() + " " + flaw.fault())
                        .toList());
    }

    @Test
    void aTarCutAnywhereKeepsWhatIsWholeAndSaysSoUnlessOnlyTheEndMarkIsGone() throws IOException {
        byte[] whole =
                new Tars()
                        .add("a.jpg", "x".repeat(700))
                        .add("a.txt", "text")
                        .add("b.jpg", "y".repeat(100))
                        .add("b.txt", "text")
                        .bytes();
        // Headers at 0, 1536, 2560, 3584; the last data block ends at 4608.
        for (int length = 1; length < whole.length; length += length % 512 < 500 ? 3 : 1) {
            Path tar = Files.write(folder.resolve("cut.tar"), Arrays.copyOf(whole, length));
            ShardIndex index = ShardIndex.scan(tar);
            boolean damaged =
                    index.faults().stream()
                            .filter(flaw -> flaw.pairs() > 0)
                            .anyMatch(flaw -> flaw.fault() == Fault.BROKEN_SHARD);
            int at = length;
            // Data may end inside its last block; nothing of the member is lost then.
            boolean clean =
                    length == 512 + 1024
                            || length == 2560
                            || length == 3584
                            || length >= 4608 && (length - 4608) % 512 == 0
                            || length == 0;
            if (clean) {
                assertFalse(damaged, () -> "cut at " + at);
            }
            if (length < 512 + 700) {
                assertEquals(List.of(), keys(index), () -> "cut at " + at);
                assertTrue(damaged, () -> "cut at " + at);
            }
            if (length >= 4096 + 4) {
                assertEquals(List.of("a", "b"), keys(index), () -> "cut at " + at);
            }
        }
    }

    @Test
    void aDamagedHeaderEndsTheShardThere() throws IOException {
        byte[] bytes =
                new Tars()
                        .add("a.jpg", "picture")
                        .add("a.txt", "text")
                        .add("b.jpg", "picture")
                        .add("b.txt", "text")
                        .bytes();
        bytes[2048 + 3] ^= 0x40;
        ShardIndex index = ShardIndex.scan(Files.write(folder.resolve("x.tar"), bytes));
        assertEquals(List.of("a"), keys(index));
        assertEquals(Fault.BROKEN_SHARD, index.faults().get(0).fault());
        assertTrue(index.faults().get(0).key().endsWith("/x.tar"), index.faults().toString());
        // The rest of the file is twice as long as what the first pair takes.
        assertEquals(2, index.faults().get(0).pairs());
    }

    @Test
    void membersNeedNotBeConsecutive() throws IOException {
        ShardIndex index =
                scan(
                        new Tars()
                                .add("a.jpg", "picture a")
                                .add("b.jpg", "picture b")
                                .add("b.txt", "text b")
                                .add("a.txt", "text a"));
        assertEquals(List.of("a", "b"), keys(index));
        assertEquals(List.of(), index.faults());
        assertEquals("text a", content(index.entries().get(0).text()));
    }

    @Test
    void dottedNamesSayHowManyPairsTheyCostAndWhy() throws IOException {
        Tars tars = new Tars();
        for (int i = 10; i < 50; i++) {
            tars.add("IMG_2023.05.%d.jpg".formatted(i), "picture")
                    .add("IMG_2023.05.%d.txt".formatted(i), "text");
        }
        ShardIndex.Flaw flaw = scan(tars).faults().get(0);
        assertEquals(40, flaw.pairs());
        assertTrue(flaw.detail().contains("first dot"), flaw.detail());
        assertTrue(flaw.detail().contains("IMG_2023.05.10.jpg"), flaw.detail());
    }

    @Test
    void anArchiveAfterAnotherIsReadToo() throws IOException {
        byte[] one = new Tars().add("a.jpg", "picture").add("a.txt", "text").bytes();
        byte[] two = new Tars().add("b.jpg", "picture b").add("b.txt", "text b").bytes();
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        ShardIndex index = ShardIndex.scan(Files.write(folder.resolve("x.tar"), both));
        assertEquals(List.of("a", "b"), keys(index));
        assertEquals("text b", content(index.entries().get(1).text()));
        assertEquals(1, index.faults().size());
        assertEquals(0, index.faults().get(0).pairs());
    }

    @Test
    void aMemberThatIsTooLongIsNamedWithItsLength() throws IOException {
        SampleGroups groups = new SampleGroups();
        groups.add(new TarMember("a.jpg", 512, 300_000_000));
        groups.add(new TarMember("a.txt", 300_001_024, 5));
        ShardIndex.Flaw flaw = groups.finish(1L << 30, false, false).faults().get(0);
        assertEquals(Fault.NO_IMAGE, flaw.fault());
        assertTrue(flaw.detail().contains("a.jpg has 300000000 bytes"), flaw.detail());
    }

    @Test
    void theIndexIsWrittenBesideTheShardAndReadBackTheSame() throws IOException {
        Path tar =
                new Tars()
                        .add("!odd\tkey\\with\nall.jpg", "picture")
                        .add("!odd\tkey\\with\nall.txt", "text")
                        .add("b.jpg", "no caption")
                        .write(folder.resolve("0.tar"));
        ShardIndexFile file = new ShardIndexFile(tar, folder.resolve("cache"));
        assertEquals(new ShardIndexFile.Counts(1, 1), file.counts());
        assertTrue(Files.exists(folder.resolve("0.tar.index")));
        assertFalse(Files.exists(folder.resolve("cache")));
        byte[] written = Files.readAllBytes(folder.resolve("0.tar.index"));
        assertEquals(ShardIndex.scan(tar), file.load());
        assertEquals(new ShardIndexFile.Counts(1, 1), file.counts());
        assertTrue(Arrays.equals(written, Files.readAllBytes(folder.resolve("0.tar.index"))));
    }

    @Test
    void theIndexGoesToTheCacheWhereItCannotLieBeside() throws IOException {
        Path tar = new Tars().add("a.jpg", "p").add("a.txt", "t").write(folder.resolve("0.tar"));
        // A folder in its place; the test may run as root, whom no permission stops.
        Files.createDirectories(folder.resolve("0.tar.index/in-the-way"));
        ShardIndexFile file = new ShardIndexFile(tar, folder.resolve("cache"));
        assertEquals(new ShardIndexFile.Counts(1, 0), file.counts());
        try (var cached = Files.walk(folder.resolve("cache"))) {
            assertEquals(1, cached.filter(Files::isRegularFile).count());
        }
        assertEquals(ShardIndex.scan(tar), file.load());
    }

    @Test
    void aStaleOrDamagedIndexIsMadeAnew() throws IOException {
        Path tar = new Tars().add("a.jpg", "p").add("a.txt", "t").write(folder.resolve("0.tar"));
        ShardIndexFile file = new ShardIndexFile(tar, folder.resolve("cache"));
        file.counts();
        Path beside = folder.resolve("0.tar.index");
        String good = Files.readString(beside);
        for (String bad :
                List.of(
                        "",
                        "garbage\n",
                        good.substring(0, good.length() - 5),
                        good.replace("\ta\t", "\t"),
                        good.lines().findFirst().orElseThrow() + "\n",
                        good.replace("512", "x"))) {
            Files.writeString(beside, bad);
            assertEquals(ShardIndex.scan(tar), file.load(), () -> "after " + bad);
            assertEquals(1, file.counts().samples());
        }
        byte[] longer =
                new Tars()
                        .add("a.jpg", "p")
                        .add("a.txt", "t")
                        .add("b.jpg", "p".repeat(20_000))
                        .add("b.txt", "t")
                        .bytes();
        assertNotEquals(longer.length, Files.size(tar));
        Files.write(tar, longer);
        assertEquals(2, file.counts().samples());
        assertEquals(2, file.load().entries().size());
    }

    private ShardIndex scan(Tars tars) throws IOException {
        return ShardIndex.scan(tars.write(folder.resolve("x.tar")));
    }

    private static List<String> keys(ShardIndex index) {
        return index.entries().stream().map(ShardIndex.Entry::key).toList();
    }

    private String content(Span span) throws IOException {
        byte[] tar = Files.readAllBytes(folder.resolve("x.tar"));
        int start = (int) span.offset();
        return new String(tar, start, (int) span.length(), StandardCharsets.UTF_8);
    }
}
