package org.minigpt4j.data.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.data.Tars;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.image.BadImageException;
import org.minigpt4j.image.ImageDecoder;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Shards damaged in thousands of ways are read to their end, and every sample is accounted for. */
@Timeout(120)
class ShardFuzzTest {

    private static final int SAMPLES = 6;
    private static final int ROUNDS = 200;

    private final long seed = Long.getLong("minigpt4j.seed", 1);
    private final SplittableRandom random = new SplittableRandom(seed);
    private final ImageDecoder decoder = new ImageDecoder(1_000_000);

    @TempDir Path folder;
    private byte[] whole;
    private List<TarMember> members;

    /** What became of a shard's samples. */
    private record Account(Set<String> keys, boolean damaged) {}

    @BeforeEach
    void makeShard() throws IOException {
        SceneWorld world = new SceneWorld(3, 32);
        Tars tars = new Tars();
        for (int i = 0; i < SAMPLES; i++) {
            tars.add(i + ".jpg", world.jpeg(i));
            tars.add(i + ".json", "{\"caption\": \"" + world.caption(i) + "\"}");
            tars.add(i + ".txt", world.caption(i));
        }
        whole = tars.bytes();
        Path file = Files.write(folder.resolve("whole.tar"), whole);
        try (var channel = java.nio.channels.FileChannel.open(file)) {
            members = new ArrayList<>();
            TarScan.of(channel, (member, content) -> members.add(member));
        }
        assertEquals(new Account(keys(), false), account(whole));
    }

    @Test
    void damagedPicturesAndTextsCostOnlyTheirSample() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = whole.clone();
            for (int hits = 1 + random.nextInt(30); hits > 0; hits--) {
                TarMember member = members.get(random.nextInt(members.size()));
                int at = (int) (member.offset() + random.nextLong(member.length()));
                bytes[at] = (byte) random.nextInt(256);
            }
            assertEquals(new Account(keys(), false), account(bytes), () -> "seed " + seed);
        }
    }

    @Test
    void aShardCutShortGivesWhatIsBeforeTheCutAndSaysSo() throws IOException {
        TarMember last = members.get(members.size() - 1);
        for (int round = 0; round < ROUNDS; round++) {
            int length = random.nextInt((int) (last.offset() + last.length()));
            Account account = account(Arrays.copyOf(whole, length));
            long before = members.stream().filter(m -> m.offset() + m.length() <= length).count();
            String what = "seed " + seed + ", cut at " + length;
            // A cut between two members is the end of a shorter archive.
            assertTrue(account.damaged() || length % 512 == 0, what);
            assertTrue(account.keys().size() >= before / 3, what);
            assertTrue(account.keys().size() <= (before + 2) / 3, what);
        }
    }

    @Test
    void damageAnywhereIsReportedIfASampleIsLost() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = whole.clone();
            int at = random.nextInt(bytes.length);
            int length = Math.min(1 + random.nextInt(2000), bytes.length - at);
            switch (random.nextInt(3)) {
                case 0 -> Arrays.fill(bytes, at, at + length, (byte) 0);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                default -> {
                    byte[] noise = new byte[length];
                    random.nextBytes(noise);
                    System.arraycopy(noise, 0, bytes, at, length);
                }
            }
            TarMember last = members.get(members.size() - 1);
            Account account = account(bytes);
            boolean lost = !account.keys().containsAll(keys());
            boolean tail = at + length >= last.offset() - TarScan.BLOCK;
            assertTrue(!lost || account.damaged() || tail, "seed " + seed + ", at " + at);
        }
    }

    private static Set<String> keys() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < SAMPLES; i++) {
            keys.add(Integer.toString(i));
        }
        return keys;
    }

    /** Reads and decodes all; a sample is usable, or it has a flaw, never neither. */
    private Account account(byte[] tar) throws IOException {
        Path file = Files.write(folder.resolve("0.tar"), tar);
        Files.deleteIfExists(folder.resolve("0.tar.index"));
        TarSource source =
                TarSource.open("fuzz", List.of(new Shard.Local(file)), folder.resolve("cache"));
        Set<String> keys = new HashSet<>();
        boolean damaged = false;
        for (Skip flaw : source.flaws()) {
            keys.add(flaw.key());
            damaged |= flaw.fault() == Fault.BROKEN_SHARD;
        }
        keys.removeIf(key -> key.endsWith("/0.tar"));
        for (int i = 0; i < source.shardSizes()[0]; i++) {
            try {
                SampleSource.RawSample sample = source.read(i);
                assertTrue(keys.add(sample.key()), "seed " + seed);
                decoder.decode(sample.image());
            } catch (BadImageException e) {
                // Its key is among them already.
            } catch (BadSampleException e) {
                if (!e.key().isEmpty()) {
                    keys.add(e.key());
                }
            } catch (FailedException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        return new Account(keys, damaged);
    }
}
