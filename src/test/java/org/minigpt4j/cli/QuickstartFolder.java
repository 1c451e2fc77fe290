package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A folder with the shipped configurations, in which tests run the packaged quickstart. */
final class QuickstartFolder {

    private QuickstartFolder() {}

    /** Copies the configurations there. */
    static void make(Path folder) throws IOException {
        copy(Path.of("train_configs"), folder.resolve("train_configs"));
        copy(Path.of("eval_configs"), folder.resolve("eval_configs"));
    }

    /** Gives the stages other numbers of steps an epoch. */
    static void shorten(Path folder, int steps1, int steps2) throws IOException {
        shorten(folder.resolve("train_configs/quickstart_stage1.yaml"), steps1);
        shorten(folder.resolve("train_configs/quickstart_stage2.yaml"), steps2);
    }

    private static void shorten(Path config, int steps) throws IOException {
        String text = Files.readString(config);
        Files.writeString(
                config,
                text.replaceAll("iters_per_epoch: \\d+", "iters_per_epoch: " + steps)
                        .replaceAll("warmup_steps: \\d+", "warmup_steps: 10"));
    }

    /** Runs the packaged program as the scripts do; gives everything it printed. */
    static String run(Path folder, int code, String... args) throws Exception {
        Process process = start(folder, args);
        String printed = new String(process.getInputStream().readAllBytes());
        assertEquals(code, process.waitFor(), String.join(" ", args) + "\n" + printed);
        return printed;
    }

    /** Starts it, with its errors in what it prints. */
    static Process start(Path folder, String... args) throws IOException {
        return TestProcess.start(builder(folder, args));
    }

    /** The packaged program as the scripts start it. */
    static ProcessBuilder builder(Path folder, String... args) {
        Path target = Path.of("target").toAbsolutePath();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Dai.djl.offline=true");
        command.add("-DOPT_OUT_TRACKING=true");
        command.add("-cp");
        command.add(target.resolve("minigpt4j.jar") + ":" + target.resolve("lib") + "/*");
        command.add("org.minigpt4j.cli.Main");
        command.addAll(List.of(args));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        // launch/minigpt4j says why
        builder.environment().put("MALLOC_MMAP_THRESHOLD_", "33554432");
        builder.environment().put("MALLOC_TRIM_THRESHOLD_", "268435456");
        return builder;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}
