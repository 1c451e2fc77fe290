package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.TestProcess;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class ProvenanceTest {

    @TempDir private Path temp;

    private static String git(Path folder, String... words) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("git", "-c", "user.name=a", "-c", "user.email=b"));
        command.addAll(List.of(words));
        Process git = TestProcess.start(new ProcessBuilder(command).directory(folder.toFile()));
        String answer = git.inputReader().lines().findFirst().orElse("");
        assertEquals(0, git.waitFor(), command.toString());
        return answer;
    }

    /** A repository with a commit of a file; gives the commit. */
    private String repository(Path root, String file) throws Exception {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), "");
        git(root, "init", "-q");
        git(root, "add", ".");
        git(root, "commit", "-q", "-m", file);
        return git(root, "rev-parse", "HEAD");
    }

    @Test
    void theRevisionIsTheProgramsAndNotTheCallers() throws Exception {
        Path home = temp.resolve("home");
        Path configurations = temp.resolve("configurations");
        String program = repository(home, "launch/minigpt4j");
        String caller = repository(configurations, "folder/a.yaml");
        assertEquals(
                Map.of("git_revision", program, "working_folder.git_revision", caller),
                Provenance.revisions(
                        Optional.of(home.resolve("launch")), configurations.resolve("folder")));
        assertEquals(
                Map.of("git_revision", program),
                Provenance.revisions(Optional.of(home.resolve("launch")), home));
        assertEquals(
                Map.of("working_folder.git_revision", caller),
                Provenance.revisions(Optional.of(configurations), configurations),
                "a jar in somebody's repository is not of its revision");

        Files.writeString(home.resolve("launch/minigpt4j"), "changed");
        Map<String, String> changed =
                Provenance.revisions(Optional.of(home.resolve("launch")), temp);
        assertEquals(Map.of("git_revision", program + "-dirty"), changed);
        Map<String, String> tags = Provenance.tags("train", "output", changed);
        assertEquals(program, tags.get("mlflow.source.git.commit"));
        assertFalse(
                Provenance.tags("train", "output", Map.of("working_folder.git_revision", caller))
                        .containsKey("mlflow.source.git.commit"));
    }
}
