package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.MemoryStore;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What EndingsIT does with processes, and what no file system here can be made to do. */
class RunLockTest {

    @TempDir private Path temp;

    @Test
    void oneHasItAtATime() {
        RunFolder folder = new RunFolder(temp.resolve("run"));
        assertEquals(Optional.empty(), RunLock.holder(folder));
        try (RunLock lock = RunLock.take(folder)) {
            assertEquals(Optional.empty(), lock.notice());
            var e = assertThrows(UsageException.class, () -> RunLock.take(folder));
            assertTrue(e.getMessage().contains(RunLock.self()), e.getMessage());
            assertEquals(Optional.of(e.getMessage()), RunLock.holder(folder));
        }
        assertEquals(Optional.empty(), RunLock.holder(folder));
        RunLock.take(folder).close();
    }

    @Test
    void whereThereAreNoLocksARunGoesOnAndSaysSo() {
        RunFolder folder = new RunFolder(temp);
        RunLock.Locking none =
                channel -> {
                    throw new IOException("No locks available");
                };
        try (RunLock lock = RunLock.take(folder, none)) {
            String notice = lock.notice().orElseThrow();
            assertTrue(notice.contains("cannot be locked (No locks available)"), notice);
        }
    }

    @Test
    void aFolderThatIsTakenAwayIsNoticed() throws IOException {
        RunFolder folder = new RunFolder(temp.resolve("run"));
        try (RunLock lock = RunLock.take(folder)) {
            lock.require();
            Files.move(folder.root(), temp.resolve("elsewhere"));
            var gone = assertThrows(FailedException.class, lock::require);
            assertTrue(gone.getMessage().startsWith(folder.root() + " was removed"));
            Files.createDirectory(folder.root());
            Files.createFile(folder.lock());
            assertThrows(FailedException.class, lock::require, "another one in its place");
        }
    }

    @Test
    void filesInPlaceOfFoldersAreToldByName() throws IOException {
        for (String name : List.of("checkpoints", "failures")) {
            RunFolder folder = new RunFolder(temp.resolve("with_" + name));
            Files.createDirectories(folder.root());
            folder.requireFolders();
            Files.createFile(folder.root().resolve(name));
            var e = assertThrows(UsageException.class, folder::requireFolders);
            String file = folder.root().resolve(name) + " is a file";
            assertTrue(e.getMessage().startsWith(file), e.getMessage());
        }
    }

    @Test
    void aStoreBelongsToWhoeverCameLast() {
        MemoryStore store = new MemoryStore();
        StoreOwner first = StoreOwner.become(store, new RunFolder(temp.resolve("first")));
        assertEquals(Optional.empty(), first.notice());
        first.require();
        StoreOwner second = StoreOwner.become(store, new RunFolder(temp.resolve("second")));
        String notice = second.notice().orElseThrow();
        assertTrue(notice.contains("output_dir " + temp.resolve("first")), notice);
        var e = assertThrows(FailedException.class, first::require);
        assertTrue(e.getMessage().contains("" + temp.resolve("second")), e.getMessage());
        first.leave();
        second.require();
        second.leave();
        assertTrue(store.files.isEmpty());
    }

    @Test
    void placesThatCannotBeWrittenAreToldBeforeTraining() throws IOException {
        RunFolder folder = new RunFolder(temp.resolve("places"));
        for (String file : List.of("metrics.jsonl", "skipped.jsonl", "lock", "samples.html")) {
            Path made = Files.createDirectories(folder.root().resolve(file));
            var e = assertThrows(UsageException.class, folder::requireFolders);
            assertTrue(e.getMessage().startsWith(made + " is a folder, and"), e.getMessage());
            Files.delete(made);
        }
        folder.requireFolders();
        Path link = folder.root().resolve("checkpoints");
        Files.createSymbolicLink(link, temp.resolve("nowhere"));
        var e = assertThrows(UsageException.class, folder::requireFolders);
        assertTrue(
                e.getMessage().startsWith(link + " is a link that leads nowhere, and"),
                e.getMessage());
        Path loop = temp.resolve("loop");
        Files.createSymbolicLink(loop, loop);
        assertThrows(UsageException.class, () -> new RunFolder(loop).requireFolders());
        String message =
                AtomicFile.cannotWrite(loop, new FileAlreadyExistsException("" + loop))
                        .getMessage();
        assertTrue(message.endsWith(": a file with this name exists, but not a folder"), message);
    }
}
