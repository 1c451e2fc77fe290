package org.minigpt4j.cli.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minigpt4j.Goldens;
import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;
import org.minigpt4j.cli.screen.ByteCount;
import org.minigpt4j.weights.PyTuple;
import org.minigpt4j.weights.TensorInfo;
import org.minigpt4j.weights.TensorSource;
import org.minigpt4j.weights.TorchTensor;
import org.minigpt4j.weights.TorchWriter;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

class WeightsCommandsTest {
    @TempDir Path folder;

    @Test
    void inspectShowsEveryTensorAndTheTotal() {
        Path golden = Goldens.path("weights/blip2_pretrained_flant5xxl.pth");
        String shown = run(new WeightsInspect(), golden);
        try (TensorSource source = TensorSource.open(golden)) {
            for (TensorInfo info : source.tensors().values()) {
                assertTrue(
                        shown.lines()
                                .anyMatch(
                                        line ->
                                                line.startsWith(info.key() + " ")
                                                        && line.contains(" " + info.dtype() + " ")),
                        info + " in " + shown);
            }
            assertTrue(shown.contains(source.tensors().size() + " tensors"), shown);
        }
    }

    @Test
    void inspectShowsTheRestOfACheckpoint() {
        String shown =
                run(
                        new WeightsInspect(),
                        Goldens.path("checkpoints/stage2_checkpoint_1_cudatag.pth"));
        for (String line :
                List.of(
                        "epoch: 1",
                        "  scale: 65536.0",
                        "    0:",
                        "      step: F32 []",
                        "      betas: [0.9, 0.999]",
                        "  run:",
                        "    task: image_text_pretrain",
                        "    resume_ckpt_path: null")) {
            assertTrue(shown.lines().anyMatch(line::equals), line + " in " + shown);
        }
    }

    @Test
    void inspectTakesTheFolderOfARunAndShowsItsNewestCheckpoint() throws IOException {
        Path checkpoint = folder.resolve("run/checkpoints/00000020");
        Files.createDirectories(checkpoint);
        Path golden = Goldens.path("weights/blip2_pretrained_flant5xxl.safetensors");
        Files.copy(golden, checkpoint.resolve("state.safetensors"));
        Files.writeString(
                checkpoint.resolve("state.json"),
                "{\"iteration\": 20, \"config\": {\"batch\": 4.0, \"lr\": 1e-4, \"ckpt\": null}}");
        Files.writeString(checkpoint.resolve("manifest.json"), "{}");
        for (Path named : List.of(folder.resolve("run"), checkpoint)) {
            String shown = run(new WeightsInspect(), named);
            assertTrue(shown.startsWith("checkpoint " + checkpoint), shown);
            assertTrue(shown.contains("query_tokens"), shown);
            for (String line :
                    List.of("iteration: 20", "  batch: 4", "  lr: 1.0E-4", "  ckpt: null")) {
                assertTrue(shown.lines().anyMatch(line::equals), line + " in " + shown);
            }
        }
    }

    @Test
    void inspectFollowsTheSettingThatPutCheckpointsElsewhere() throws IOException {
        Path checkpoint = Files.createDirectories(folder.resolve("far/00000020"));
        Path golden = Goldens.path("weights/blip2_pretrained_flant5xxl.safetensors");
        Files.copy(golden, checkpoint.resolve("state.safetensors"));
        Files.writeString(checkpoint.resolve("state.json"), "{\"iteration\": 20}");
        Files.writeString(checkpoint.resolve("manifest.json"), "{}");
        Path run = Files.createDirectories(folder.resolve("run"));
        String log = "{\n  \"run\": {\"checkpoint\": {\"dir\": \"%s\"}}\n}\n{\"train_lr\": 1}\n";
        for (String place : List.of("", "file://")) {
            Files.writeString(run.resolve("log.txt"), log.formatted(place + folder + "/far"));
            String shown = run(new WeightsInspect(), run);
            assertTrue(shown.startsWith("checkpoint " + checkpoint), shown);
        }
        Files.writeString(run.resolve("log.txt"), log.formatted("s3a://bucket/run"));
        String remote =
                assertThrows(UsageException.class, () -> UpstreamCheckpoint.newestIn(run))
                        .getMessage();
        assertTrue(remote.contains("at s3a://bucket/run (run.checkpoint.dir)"), remote);
        Files.writeString(run.resolve("log.txt"), log.formatted(folder + "/none"));
        String none =
                assertThrows(UsageException.class, () -> UpstreamCheckpoint.newestIn(run))
                        .getMessage();
        assertTrue(none.contains("/none holds no finished checkpoint"), none);
    }

    @Test
    void digestsTellEqualTensorsAcrossFormats() {
        String torch = run(new WeightsInspect(), "--digest", Goldens.path("weights/eva_vit_g.pth"));
        String plain =
                run(
                        new WeightsInspect(),
                        "--digest",
                        Goldens.path("weights/eva_vit_g.safetensors"));
        assertEquals(torch, plain);
        assertTrue(torch.lines().skip(1).findFirst().orElseThrow().matches(".* [0-9a-f]{64}"));
    }

    @Test
    void inspectLetsNoFileSteerTheTerminal() {
        Path file = folder.resolve("odd.pth");
        TorchWriter.write(
                file,
                Map.of(
                        "model", Map.of("a\u001b[2Jb", TorchTensor.scalar(1)),
                        "note", PyTuple.of("\u001b]0;owned\u0007", 1L)));
        String shown = run(new WeightsInspect(), file);
        assertFalse(shown.contains("\u001b"));
        assertTrue(shown.contains("a\ufffd[2Jb"), shown);
        assertTrue(shown.contains("note: [\ufffd]0;owned\ufffd, 1]"), shown);
    }

    @Test
    void convertSaysWhatItWroteAndWhatItLeftOut() {
        Path out = folder.resolve("projection.safetensors");
        String shown =
                run(new WeightsConvert(), Goldens.path("checkpoints/stage1_checkpoint_1.pth"), out);
        try (TensorSource written = TensorSource.open(out)) {
            assertTrue(shown.contains(out + ": " + written.tensors().size() + " tensors"), shown);
        }
        assertTrue(shown.contains("left out"), shown);
        assertTrue(shown.contains("[optimizer, config, scaler, epoch]"), shown);
    }

    @Test
    void mergeDeltaSaysWhatItMade() throws IOException {
        Path golden = Goldens.path("delta_v0");
        Path out = folder.resolve("vicuna");
        String shown =
                run(
                        new WeightsMergeDelta(),
                        "--base",
                        golden.resolve("base"),
                        "--delta",
                        golden.resolve("delta"),
                        "--out",
                        out,
                        "--version",
                        "v0");
        assertTrue(shown.contains("Vicuna v0"), shown);
        assertTrue(shown.contains("no tokenizer"), shown);
        assertTrue(Files.exists(out.resolve("config.json")));
        assertThrows(
                UsageException.class,
                () ->
                        run(
                                new WeightsMergeDelta(),
                                "--base=" + golden,
                                "--delta=" + golden,
                                "--out=" + out,
                                "--version=v2"));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 bytes",
        "999,999 bytes",
        "1000,1.0 kB",
        "999949,999.9 kB",
        "999950,1.0 MB",
        "13476835328,13.5 GB",
        "9223372036854775807,9223372.0 TB",
    })
    void countsBytesAsPeopleDo(long bytes, String words) {
        assertEquals(words, ByteCount.text(bytes));
    }

    private static String run(Callable<Integer> command, Object... args) {
        var out = new StringWriter();
        var line = new CommandLine(command).setOut(new PrintWriter(out));
        line.parseArgs(Stream.of(args).map(Object::toString).toArray(String[]::new));
        try {
            assertEquals(0, command.call());
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return out.toString();
    }
}
