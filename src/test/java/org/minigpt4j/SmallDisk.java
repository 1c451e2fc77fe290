package org.minigpt4j;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A real file system of its own, as small as a test wants it: a tmpfs, which Linux reports full and
 * read-only like any disk. It is mounted in a mount namespace that a process of its own holds and
 * that goes with it, also when the tests are killed. Root needs nothing more; anybody else needs a
 * kernel that lets users make namespaces.
 */
public final class SmallDisk implements AutoCloseable {

    private static final String BALLAST = "ballast";
    private static final List<List<String>> WAYS =
            List.of(List.of("unshare", "-m"), List.of("unshare", "-r", "-m"));

    private final Path mount;
    private final Process holder;
    private final List<String> enter;

    private SmallDisk(Path mount, Process holder, List<String> enter) {
        this.mount = mount;
        this.holder = holder;
        this.enter = enter;
    }

    /**
     * Mounts one over {@code mount}, an empty folder; only processes begun with {@link #inside} see
     * it there.
     *
     * @throws UnsupportedOperationException if this machine allows none, with its reasons
     */
    public static SmallDisk mount(Path mount, int kilobytes) throws IOException {
        Files.createDirectories(mount);
        // Ends with its input, that is, with this JVM at the latest.
        String script = "mount -t tmpfs -o size=" + kilobytes + "k tmpfs \"$0\" && echo ok && cat";
        var reasons = new ArrayList<String>();
        for (List<String> way : WAYS) {
            List<String> command = new ArrayList<>(way);
            command.addAll(List.of("sh", "-c", script, mount.toString()));
            try {
                Process holder =
                        TestProcess.server(new ProcessBuilder(command).redirectErrorStream(true));
                String said = holder.inputReader().readLine();
                if ("ok".equals(said)) {
                    return new SmallDisk(mount, holder, enter(holder.pid(), way.contains("-r")));
                }
                reasons.add(way + ": " + said);
            } catch (IOException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new UnsupportedOperationException("no file system can be mounted: " + reasons);
    }

    private static List<String> enter(long holder, boolean user) {
        // The namespace has a root folder to start in, not the one that relative paths mean.
        var command = new ArrayList<>(List.of("nsenter", "-m", "-t", "" + holder));
        if (user) {
            command.addAll(List.of("-U", "--preserve-credentials"));
        }
        command.addAll(
                List.of("sh", "-c", "cd \"$0\" && exec \"$@\"", Path.of("").toAbsolutePath() + ""));
        return command;
    }

    /** The command that runs {@code command} where the disk can be seen. */
    public List<String> inside(List<String> command) {
        List<String> all = new ArrayList<>(enter);
        all.addAll(command);
        return all;
    }

    /** A place on the disk, as this process sees it. */
    public Path here(String name) {
        return Path.of("/proc", "" + holder.pid(), "root" + mount).resolve(name);
    }

    /** The same place for processes inside. */
    public Path there(String name) {
        return mount.resolve(name);
    }

    /** Takes all room but {@code left} bytes. */
    public void fill(long left) throws IOException {
        try (FileChannel ballast =
                FileChannel.open(
                        here(BALLAST), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocate(4096);
            boolean full = false;
            while (!full) {
                try {
                    ballast.write(block.clear(), ballast.size());
                } catch (IOException e) {
                    if (!e.getMessage().contains("No space left")) {
                        throw e;
                    }
                    full = true;
                }
            }
            ballast.truncate(ballast.size() - left);
        }
    }

    /** Gives back what {@link #fill} took. */
    public void free() throws IOException {
        Files.delete(here(BALLAST));
    }

    /** From now on nothing new can be written; what is open for writing must be closed before. */
    public void makeReadOnly() throws IOException, InterruptedException {
        Process process =
                TestProcess.start(
                        new ProcessBuilder(
                                        inside(
                                                List.of(
                                                        "mount",
                                                        "-o",
                                                        "remount,bind,ro",
                                                        mount.toString())))
                                .inheritIO());
        if (process.waitFor() != 0) {
            throw new IOException("could not remount " + mount);
        }
    }

    @Override
    public void close() {
        holder.destroyForcibly();
    }
}
