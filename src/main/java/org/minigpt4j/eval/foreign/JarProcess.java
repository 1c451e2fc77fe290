package org.minigpt4j.eval.foreign;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Java program that gets requests and answers them line by line. {@link #close} or its deadline
 * ends it.
 */
final class JarProcess implements AutoCloseable {

    private static final Duration DEADLINE = Duration.ofMinutes(60);

    private final Path jar;
    private final Path complaints;
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    /**
     * Starts {@code java -Xmx... -jar JAR ARGUMENTS} in the jar's folder, where METEOR and SPICE
     * look for their data.
     */
    JarProcess(Path jar, String memory, List<String> arguments) {
        if (!Files.isRegularFile(jar)) {
            throw new UsageException("%s is not a file; name the jar itself".formatted(jar));
        }
        this.jar = jar;
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx" + memory, "-jar", jar.toAbsolutePath().toString()));
        command.addAll(arguments);
        try {
            complaints = Files.createTempFile("minigpt4j-jar", ".txt");
            process =
                    new ProcessBuilder(command)
                            .directory(jar.toAbsolutePath().getParent().toFile())
                            .redirectError(complaints.toFile())
                            .start();
        } catch (IOException e) {
            throw new FailedException("%s could not be started: %s".formatted(jar, e), e);
        }
        process.onExit()
                .orTimeout(DEADLINE.toMinutes(), TimeUnit.MINUTES)
                .whenComplete(
                        (ended, late) -> {
                            if (late != null) {
                                process.destroyForcibly();
                            }
                        });
        in = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Writes a line to the program. */
    void tell(String line) {
        try {
            in.write(line);
            in.write('\n');
            in.flush();
        } catch (IOException e) {
            throw broken("ended", e);
        }
    }

    /** Reads the program's next line. */
    String line() {
        try {
            String line = out.readLine();
            if (line == null) {
                throw broken("ended without an answer", null);
            }
            return line.strip();
        } catch (IOException e) {
            throw broken("ended", e);
        }
    }

    /** Reads the next line as a number. */
    double number() {
        String line = line();
        try {
            double number = Double.parseDouble(line);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw broken(
                    "wrote \"%s\" instead of a number".formatted(ForeignText.line(line, 80)), e);
        }
        throw broken(
                "wrote \"%s\" instead of a number".formatted(ForeignText.line(line, 80)), null);
    }

    /** Closes the program's input and waits for it to end. */
    void await() {
        try {
            in.close();
            while (out.readLine() != null) {
                // text for people
            }
            if (process.waitFor() != 0) {
                throw broken("ended with exit code " + process.exitValue(), null);
            }
        } catch (IOException e) {
            throw broken("ended", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw broken("was interrupted", e);
        }
    }

    private FailedException broken(String what, Exception cause) {
        String last = "";
        try {
            List<String> lines = Files.readAllLines(complaints, StandardCharsets.ISO_8859_1);
            last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        } catch (IOException e) {
            last = "";
        }
        return new FailedException(
                "%s %s%s".formatted(jar, what, last.isBlank() ? "" : ": " + ForeignText.line(last)),
                cause);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            Files.deleteIfExists(complaints);
        } catch (IOException e) {
            complaints.toFile().deleteOnExit();
        }
    }
}
