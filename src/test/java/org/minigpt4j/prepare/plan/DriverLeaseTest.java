package org.minigpt4j.prepare.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.TestProcess;
import org.minigpt4j.UsageException;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

class DriverLeaseTest {

    @TempDir private Path temp;

    private ShardFolder folder() {
        return new ShardFolder(temp.toString(), Map.of());
    }

    @Test
    void aLivingDriverOfThisMachineIsNotPushedAside() throws Exception {
        try (ShardFolder folder = folder()) {
            try (DriverLease first = DriverLease.of(folder)) {
                UsageException error =
                        assertThrows(UsageException.class, () -> DriverLease.of(folder));
                String process = "process " + ProcessHandle.current().pid();
                assertTrue(error.getMessage().contains(process), error.getMessage());
                first.require();
            }
            assertEquals(Optional.empty(), folder.read(DriverLease.FILE));
            DriverLease.of(folder).close();
        }
    }

    @Test
    void aKilledDriversClaimIsTakenOver() throws Exception {
        DriverLease.Holder self = DriverLease.Holder.self();
        Process dead = TestProcess.start(new ProcessBuilder("true"));
        dead.waitFor();
        try (ShardFolder folder = folder()) {
            for (DriverLease.Holder left :
                    new DriverLease.Holder[] {
                        new DriverLease.Holder(
                                "1", self.host(), dead.pid(), "2026-01-01T00:00:00Z"),
                        // Its number is another process's now.
                        new DriverLease.Holder("1", self.host(), self.process(), "earlier"),
                        new DriverLease.Holder("1", "elsewhere", self.process(), self.began())
                    }) {
                folder.put(DriverLease.FILE, left.toJson());
                try (DriverLease claim = DriverLease.of(folder)) {
                    claim.require();
                }
            }
        }
    }

    @Test
    void aDriverWhoseClaimWasTakenOverStops() throws Exception {
        try (ShardFolder folder = folder()) {
            DriverLease claim = DriverLease.of(folder);
            DriverLease.Holder other = new DriverLease.Holder("2", "elsewhere", 7, "now");
            folder.put(DriverLease.FILE, other.toJson());
            assertThrows(FailedException.class, claim::require);
            claim.close();
            assertTrue(folder.read(DriverLease.FILE).isPresent(), "the other's is left alone");
        }
    }
}
