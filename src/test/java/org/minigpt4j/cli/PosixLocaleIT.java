package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.TestProcess;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A path beyond ASCII under the locale that most containers have. */
class PosixLocaleIT {

    @ParameterizedTest
    @ValueSource(strings = {"C", "POSIX"})
    void aFileIsFoundAndNamed(String locale, @TempDir Path temp) throws Exception {
        // The names are given by a shell: this JVM may know no more than ASCII itself.
        String script =
                """
                caf=$(printf 'caf\\303\\251 \\346\\227\\245\\346\\234\\254')
                mkdir "$1/$caf" && cp "$2" "$1/$caf/own.yaml" || exit 9
                exec launch/train --cfg-path "$1/$caf/own.yaml" --options run.inti_lr=1
                """;
        Path file = Files.writeString(temp.resolve("own.yaml"), "run: {}\n");
        var builder =
                new ProcessBuilder("bash", "-c", script, "bash", temp + "", file + "")
                        .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("LC_ALL", locale);
        Process process = TestProcess.start(builder);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.waitFor(), said);
        assertTrue(said.contains("caf\u00e9 \u65e5\u672c/own.yaml"), said);
    }
}
