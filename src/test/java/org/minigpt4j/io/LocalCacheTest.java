package org.minigpt4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.SmallDisk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Hadoop's own local file system stands for the far one. */
@Timeout(60)
class LocalCacheTest {

    private static final int SIZE = 1000;

    private final RemoteFiles files = new RemoteFiles(Map.of());

    @TempDir Path folder;

    @AfterEach
    void close() {
        files.close();
    }

    @Test
    void filesArriveWholeAndAreFetchedOnce() throws IOException {
        String address = far(7);
        try (LocalCache cache = cache(10 * SIZE)) {
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(content(7), read(cache, address));
            }
            assertEquals(1, cache.fetched());
        }
        try (LocalCache next = cache(10 * SIZE)) {
            assertArrayEquals(content(7), read(next, address));
            assertEquals(0, next.fetched(), "the copy of the process before is used");
            assertEquals(SIZE, next.bytes());
        }
    }

    @Test
    void whatIsFetchedAheadIsThereWhenItIsAskedFor() throws IOException {
        String address = far(4);
        try (LocalCache cache = cache(10 * SIZE)) {
            cache.prefetch(address, SIZE);
            while (cache.fetched() == 0) {
                Thread.onSpinWait();
            }
            Files.delete(folder.resolve("far/4"));
            assertArrayEquals(content(4), read(cache, address));
            assertEquals(1, cache.fetched());
        }
    }

    @Test
    void theBoundHoldsAndTheLeastRecentGoesFirst() throws IOException {
        try (LocalCache cache = cache(3 * SIZE)) {
            for (int i : new int[] {0, 1, 2, 0, 3}) {
                assertArrayEquals(content(i), read(cache, far(i)));
                assertTrue(onDisk() <= 3 * SIZE, "on disk " + onDisk());
            }
            assertEquals(4, cache.fetched());
            read(cache, far(0));
            assertEquals(4, cache.fetched(), "0 was asked for later than 1");
            read(cache, far(1));
            assertEquals(5, cache.fetched());
        }
    }

    @Test
    void aCopyThatIsEvictedStaysReadableToItsReader() throws IOException {
        String first = far(0);
        try (LocalCache cache = cache(SIZE);
                FileChannel open = cache.open(first, SIZE)) {
            read(cache, far(1));
            assertEquals(SIZE, onDisk(), "the first is gone from the folder");
            assertArrayEquals(content(0), bytes(open));
        }
    }

    @Test
    void manyReadersOfMoreThanFitsGetTheRightBytes() throws IOException {
        long seed = Long.getLong("minigpt4j.seed", 1);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 12; i++) {
            far(i);
        }
        int[] wanted = IntStream.range(0, 400).map(i -> random.nextInt(12)).toArray();
        try (LocalCache cache = cache(4 * SIZE)) {
            List<Integer> wrong =
                    IntStream.of(wanted)
                            .parallel()
                            .filter(i -> !java.util.Arrays.equals(content(i), quietly(cache, i)))
                            .boxed()
                            .toList();
            assertEquals(List.of(), wrong, "seed " + seed);
        }
    }

    @Test
    void aFileThatCannotBeFetchedIsAnErrorEachTimeAndLeavesNothing() throws IOException {
        try (LocalCache cache = cache(SIZE)) {
            String gone = folder.resolve("far/gone").toUri().toString();
            assertThrows(IOException.class, () -> cache.open(gone, SIZE));
            assertThrows(IOException.class, () -> cache.open(gone, SIZE));
            String shorter = far(3);
            IOException error =
                    assertThrows(IOException.class, () -> cache.open(shorter, SIZE + 1));
            assertTrue(error.getMessage().contains("bytes"), error.getMessage());
            assertEquals(0, cache.bytes());
            assertArrayEquals(content(3), read(cache, shorter));
        }
    }

    @Test
    void aDiskWithoutRoomIsToldAsThatAndLeavesNothing() throws IOException {
        SmallDisk disk = null;
        try {
            disk = SmallDisk.mount(folder.resolve("disk"), 64);
        } catch (UnsupportedOperationException e) {
            abort(e.getMessage());
        }
        try (SmallDisk full = disk;
                LocalCache cache = new LocalCache(full.here("cache"), 10 * SIZE, files)) {
            String address = far(3);
            full.fill(0);
            for (int i = 0; i < 2; i++) {
                FailedException told =
                        assertThrows(FailedException.class, () -> cache.open(address, SIZE));
                String message = told.getMessage();
                assertTrue(message.startsWith("could not write " + full.here("cache")), message);
                assertTrue(message.endsWith("run the same command again"), message);
                assertEquals(0, cache.bytes());
            }
            assertEquals(0, full.here("cache").toFile().list().length);
            full.free();
            assertArrayEquals(content(3), read(cache, address));
        }
    }

    @Test
    void whatAKilledProcessLeftHalfDoneIsRemoved() throws IOException {
        Files.createDirectories(folder.resolve("cache"));
        Files.write(folder.resolve("cache/abc.copy.tmp"), new byte[10]);
        cache(SIZE).close();
        assertEquals(0, onDisk());
    }

    private LocalCache cache(long bytes) {
        return new LocalCache(folder.resolve("cache"), bytes, files);
    }

    private String far(int i) throws IOException {
        Path file = folder.resolve("far/" + i);
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Files.write(file, content(i));
        }
        return file.toUri().toString();
    }

    private static byte[] content(int i) {
        byte[] bytes = new byte[SIZE];
        new SplittableRandom(i).nextBytes(bytes);
        return bytes;
    }

    private byte[] quietly(LocalCache cache, int i) {
        try {
            return read(cache, far(i));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] read(LocalCache cache, String address) throws IOException {
        try (FileChannel channel = cache.open(address, SIZE)) {
            return bytes(channel);
        }
    }

    private static byte[] bytes(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) channel.size());
        while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) > 0) {}
        return buffer.array();
    }

    private long onDisk() throws IOException {
        List<Long> sizes = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder.resolve("cache"))) {
            for (Path path : entries.toList()) {
                sizes.add(Files.size(path));
            }
        }
        return sizes.stream().mapToLong(Long::longValue).sum();
    }
}
