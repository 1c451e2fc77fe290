package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

class EvalConfigTest {

    @TempDir private Path temp;
    private Yamls yamls;

    @BeforeEach
    void setUp() {
        yamls = new Yamls(temp);
    }

    @Test
    void needsNoKeyOfTrainingAndNoData() throws IOException {
        String text =
                yamls.minimal().replaceFirst("(?s)run:.*", "run:\n  task: image_text_pretrain\n");
        text = text.replaceFirst(" *build_info: .*\n", "");
        var config = EvalConfig.load(yamls.file(text), List.of("model.ckpt=" + temp));
        assertEquals(DeviceKind.AUTO, config.run().device());
        assertEquals(224, config.visProcessor().imageSize());
    }

    @Test
    void takesATrainingFileThatNamesACheckpoint() throws IOException {
        var config =
                EvalConfig.load(
                        yamls.file(yamls.minimal()),
                        List.of("model.ckpt=" + temp, "run.device=cpu", "run.threads=3"));
        assertEquals(DeviceKind.CPU, config.run().device());
        assertEquals(3, config.run().threads());
        assertEquals(temp.toString(), config.model().ckpt().orElseThrow().toString());
    }

    @Test
    void wantsATrainedProjection() throws IOException {
        var file = yamls.file(yamls.minimal());
        var e = assertThrows(UsageException.class, () -> EvalConfig.load(file, List.of()));
        assertTrue(
                e.getMessage().startsWith(file + ":1: model.ckpt: is missing; put the checkpoint"),
                e.getMessage());
    }

    @Test
    void rejectsKeysThatNoCommandKnows() throws IOException {
        var file = yamls.file(yamls.minimal());
        var options = List.of("model.ckpt=" + temp, "run.init_rl=1", "run.thread=2");
        var e = assertThrows(UsageException.class, () -> EvalConfig.load(file, options));
        assertEquals(
                List.of(
                        "--options run.init_rl=1: run.init_rl: is not a known key; did you mean"
                                + " run.init_lr?",
                        "--options run.thread=2: run.thread: is not a known key; did you mean"
                                + " run.threads?"),
                e.getMessage().lines().toList());
    }
}
