package org.minigpt4j.prepare.plan;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The driver's claim to a folder, {@code _plan/driver.claim}: two at once would remove each other's
 * half-written files.
 *
 * <p>A claim outlives a driver that was killed, and the same command has to go on at once. So a
 * claim blocks only if its process is known to be alive, on the same machine; any other is taken
 * over, and a driver whose claim was taken over stops when it looks at it next.
 */
public final class DriverLease implements AutoCloseable {

    public static final String FILE = Plan.FOLDER + "/driver.claim";

    private static final int START_TICK = 19;
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    private final ShardFolder folder;
    private final Holder self;

    private DriverLease(ShardFolder folder, Holder self) {
        this.folder = folder;
        this.self = self;
    }

    /** A process, told from a later one of its number by when it began; and one claim of it. */
    public record Holder(String token, String host, long process, String began) {

        static Holder self() {
            ProcessHandle here = ProcessHandle.current();
            String token = Long.toHexString(ThreadLocalRandom.current().nextLong());
            return new Holder(token, hostName(), here.pid(), began(here));
        }

        /**
         * On Linux in ticks since the machine started, which a change of its clock leaves alone.
         */
        static String began(ProcessHandle process) {
            try {
                String stat = Files.readString(Path.of("/proc", "" + process.pid(), "stat"));
                // The name in parentheses may hold blanks; the tick is the 20th word after it.
                return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[START_TICK];
            } catch (IOException | RuntimeException e) {
                return process.info().startInstant().map(Instant::toString).orElse("");
            }
        }

        private static String hostName() {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                return "a machine without a name";
            }
        }

        boolean isSeenToLive() {
            return hostName().equals(host)
                    && ProcessHandle.of(process)
                            .filter(ProcessHandle::isAlive)
                            .filter(found -> began(found).equals(began))
                            .isPresent();
        }

        public byte[] toJson() {
            return GSON.toJson(this).getBytes(StandardCharsets.UTF_8);
        }
    }

    /**
     * Claims a folder.
     *
     * @throws UsageException if a process of this machine works in it
     */
    public static DriverLease of(ShardFolder folder) throws IOException {
        Optional<Holder> other = holder(folder);
        if (other.isPresent() && other.get().isSeenToLive()) {
            throw new UsageException(
                    ("prepare.output: process %d is writing to %s; wait until it is"
                                    + " done, or stop it")
                            .formatted(other.get().process(), folder.address("")));
        }
        DriverLease claim = new DriverLease(folder, Holder.self());
        folder.put(FILE, claim.self.toJson());
        return claim;
    }

    private static Optional<Holder> holder(ShardFolder folder) throws IOException {
        try {
            return folder.read(FILE)
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .map(text -> GSON.fromJson(text, Holder.class));
        } catch (JsonParseException e) {
            return Optional.empty(); // nobody's
        }
    }

    /**
     * Looks whether the claim still stands.
     *
     * @throws FailedException if another driver has taken the folder over
     */
    public void require() throws IOException {
        if (!holder(folder).equals(Optional.of(self))) {
            throw new FailedException(
                    "%s was taken over: another prepare works in this folder now"
                            .formatted(folder.address(FILE)));
        }
    }

    /** Gives the folder free, unless it is another's by now. */
    @Override
    public void close() throws IOException {
        if (holder(folder).equals(Optional.of(self))) {
            folder.delete(FILE);
        }
    }
}
