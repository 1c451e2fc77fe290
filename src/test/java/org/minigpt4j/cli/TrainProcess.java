package org.minigpt4j.cli;

import org.minigpt4j.TestProcess;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A training process of its own, which may be ended before its time.
 *
 * @param jvm flags
 * @param classPath what comes before the tests' own class path
 */
public record TrainProcess(List<String> jvm, List<Path> classPath) {

    /** How a process ended; {@code struck} says that it was made to. */
    public record Ended(int exitCode, String output, boolean struck) {}

    /**
     * When a process is ended: so long behind its so-many-th sign of life, of which the first is
     * that weights are loaded, and the others are steps.
     */
    public record Blow(int signs, long nanos, boolean term) {

        public static final Blow NEVER = new Blow(Integer.MAX_VALUE, 0, false);

        /** Anywhere; a SIGTERM one time in four. */
        public static Blow random(Random random) {
            int signs = 1 + random.nextInt(7);
            // Logs are cut and the first batches are read before the first step.
            int within = signs == 1 ? 400_000_000 : 30_000_000;
            return new Blow(signs, random.nextInt(within), random.nextInt(4) == 0);
        }
    }

    /** Runs until the process ends, by itself or by a blow. */
    public Ended run(List<String> arguments, Blow blow) throws IOException, InterruptedException {
        Process process = start(arguments);
        var printed = new StringBuilder();
        boolean struck = false;
        try (BufferedReader reader = process.inputReader()) {
            int signs = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                printed.append(line).append('\n');
                boolean step = line.startsWith("epoch ") && line.contains("loss");
                if ((step || line.startsWith("loaded ")) && ++signs == blow.signs()) {
                    LockSupport.parkNanos(blow.nanos()); // so that it falls anywhere in between
                    struck = true;
                    if (blow.term()) {
                        process.destroy();
                    } else {
                        process.destroyForcibly();
                    }
                }
            }
        } catch (IOException e) {
            printed.append(e.getMessage()); // its end of the pipe broke when it was killed
        }
        return new Ended(process.waitFor(), printed.toString(), struck);
    }

    /** Starts a command of minigpt4j; both its streams come as one. */
    public Process start(List<String> arguments) throws IOException {
        return TestProcess.start(new ProcessBuilder(command(arguments)).redirectErrorStream(true));
    }

    /** What starts such a process. */
    public List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Dai.djl.offline=true", "-DOPT_OUT_TRACKING=true"));
        command.addAll(List.of(TestProcess.SHORT_LIVED.split(" ")));
        command.addAll(jvm);
        List<String> places = new ArrayList<>();
        classPath.forEach(path -> places.add(path.toString()));
        String separator = System.getProperty("path.separator");
        for (String place : System.getProperty("java.class.path").split(separator)) {
            places.add(Path.of(place).toAbsolutePath().toString());
        }
        command.addAll(List.of("-cp", String.join(separator, places)));
        command.add(Main.class.getName());
        command.addAll(arguments);
        return command;
    }
}
