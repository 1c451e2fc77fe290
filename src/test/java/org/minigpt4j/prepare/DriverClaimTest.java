package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

class DriverClaimTest {

    @TempDir private Path temp;

    private ShardFolder folder() {
        return new ShardFolder(temp.toString(), Map.of());
    }

    @Test
    void aLivingDriverOfThisMachineIsNotPushedAside() throws Exception {
        try (ShardFolder folder = folder()) {
            try (DriverClaim first = DriverClaim.of(folder)) {
                UsageException error =
                        assertThrows(UsageException.class, () -> DriverClaim.of(folder));
                String process = "process " + ProcessHandle.current().pid();
                assertTrue(error.getMessage().contains(process), error.getMessage());
                first.require();
            }
            assertEquals(Optional.empty(), folder.read(DriverClaim.FILE));
            DriverClaim.of(folder).close();
        }
    }

    @Test
    void aKilledDriversClaimIsTakenOver() throws Exception {
        DriverClaim.Holder self = DriverClaim.Holder.self();
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        try (ShardFolder folder = folder()) {
            for (DriverClaim.Holder left :
                    new DriverClaim.Holder[] {
                        new DriverClaim.Holder(
                                "1", self.host(), dead.pid(), "2026-01-01T00:00:00Z"),
                        // Its number is another process's now.
                        new DriverClaim.Holder("1", self.host(), self.process(), "earlier"),
                        new DriverClaim.Holder("1", "elsewhere", self.process(), self.began())
                    }) {
                folder.put(DriverClaim.FILE, left.toJson());
                try (DriverClaim claim = DriverClaim.of(folder)) {
                    claim.require();
                }
            }
        }
    }

    @Test
    void aDriverWhoseClaimWasTakenOverStops() throws Exception {
        try (ShardFolder folder = folder()) {
            DriverClaim claim = DriverClaim.of(folder);
            DriverClaim.Holder other = new DriverClaim.Holder("2", "elsewhere", 7, "now");
            folder.put(DriverClaim.FILE, other.toJson());
            assertThrows(FailedException.class, claim::require);
            claim.close();
            assertTrue(folder.read(DriverClaim.FILE).isPresent(), "the other's is left alone");
        }
    }
}
