package org.minigpt4j.train.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.train.StepReport;
import org.minigpt4j.train.TrainListener;
import org.minigpt4j.train.record.SampleSheet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Stage 2 of a small model with captions of samples, and without. */
class SamplesTest {

    private static final int EPOCHS = 2;
    private static final int STEPS = 4;
    private static final String[] SAMPLES = {"run.samples.count=3", "run.samples.max_new_tokens=6"};

    @TempDir private static Path folder;

    @BeforeAll
    static void make() throws IOException {
        SceneAlignFolder.write(new SceneWorld(0, 128), folder.resolve("align"), 0, 24);
        TrainedModel.writeTo(folder.resolve("weights"));
    }

    @Test
    void theRunHasTheSameBitsWithSamplesAndWithout() throws Exception {
        train("with", Resume.NEVER, () -> false, SAMPLES);
        train("without", Resume.NEVER, () -> false, "run.samples.count=0");
        assertEquals(figures("without"), figures("with"));
        assertArrayEquals(weights("without"), weights("with"));
        assertFalse(Files.exists(run("without").samples()));
        SampleSheet sheet = sheet("with");
        assertEquals(3, sheet.samples().size());
        assertEquals(Set.of(0, 1, 2), sheet.texts().keySet());
        for (SampleSheet.Sample sample : sheet.samples()) {
            assertTrue(sample.prompt().contains("<ImageHere>"), sample.prompt());
            assertTrue(sample.prompt().startsWith("###Human:"), sample.prompt());
            assertFalse(sample.reference().contains("###"), sample.reference());
        }
        assertNotEquals(sheet.texts().get(0), sheet.texts().get(2), "nothing was learned");
    }

    @Test
    void aRunThatWasStoppedWritesTheSamePageAsOneThatWasNot() throws Exception {
        train("unbroken", Resume.NEVER, () -> false, SAMPLES);
        int[] steps = new int[1];
        TrainListener counter = counter(steps);
        // In the middle of an epoch, and at the end of one, where captions are cut short.
        for (int last : new int[] {2, STEPS}) {
            String name = "stopped" + last;
            steps[0] = 0;
            train(name, Resume.NEVER, () -> steps[0] >= last, counter, SAMPLES);
            assertEquals(last, figures(name).size());
            assertEquals(Set.of(0), sheet(name).texts().keySet());
            train(name, Resume.AUTO, () -> false, SAMPLES);
            assertEquals(sheet("unbroken"), sheet(name));
            assertEquals(figures("unbroken"), figures(name));
            assertArrayEquals(weights("unbroken"), weights(name));
            assertEquals(
                    Files.readString(run("unbroken").samplesPage()).replace("unbroken", name),
                    Files.readString(run(name).samplesPage()));
        }
    }

    @Test
    void aRunThatBeginsAnewKeepsNothingOfAnEarlierOne() throws Exception {
        train("anew", Resume.NEVER, () -> false, SAMPLES);
        SampleSheet first = sheet("anew");
        first.texts().replaceAll((epoch, texts) -> List.of("old", "old", "old"));
        first.write(run("anew"), "old");
        train("anew", Resume.NEVER, () -> false, SAMPLES);
        assertFalse(Files.readString(run("anew").samples()).contains("old\""), "epoch 0 included");
    }

    @Test
    void epochsMayBePassedOverButNotTheLast() throws Exception {
        train("seldom", Resume.NEVER, () -> false, "run.samples.every_epochs=5", SAMPLES[1]);
        assertEquals(Set.of(0, EPOCHS), sheet("seldom").texts().keySet());
        assertEquals(8, sheet("seldom").samples().size());
    }

    @Test
    void samplesThatCannotBeWrittenAreReportedAndTrainingGoesOn() throws Exception {
        Path samples = run("blocked").samples();
        BooleanSupplier block =
                () -> {
                    try {
                        if (!Files.isDirectory(samples)) {
                            Files.deleteIfExists(samples);
                            Files.createDirectories(samples.resolve("in the way"));
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    return false;
                };
        List<String> warnings = train("blocked", Resume.NEVER, block, SAMPLES);
        assertEquals(EPOCHS * STEPS, figures("blocked").size());
        assertTrue(
                warnings.stream().anyMatch(text -> text.startsWith("run.samples: ")),
                warnings.toString());
    }

    private static TrainListener counter(int[] steps) {
        return new TrainListener() {
            @Override
            public void step(StepReport report) {
                steps[0]++;
            }
        };
    }

    private static List<String> train(
            String name, Resume resume, BooleanSupplier stop, String... more) throws Exception {
        return train(name, resume, stop, new TrainListener() {}, more);
    }

    private static List<String> train(
            String name,
            Resume resume,
            BooleanSupplier stop,
            TrainListener listener,
            String... more)
            throws Exception {
        Path weights = folder.resolve("weights");
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "run.output_dir=" + folder.resolve(name),
                                "run.max_epoch=" + EPOCHS,
                                "run.iters_per_epoch=" + STEPS,
                                "run.batch_size_train=2",
                                "run.devices=auto",
                                "run.micro_batches=null",
                                "run.init_lr=1e-1",
                                "run.peak_tflops=1",
                                "run.tracking.uri=none",
                                "model.ckpt=null",
                                "model.vit_weights=" + RandomModel.vit(weights),
                                "model.q_former_model=" + RandomModel.qformer(weights),
                                "model.llama_model=" + RandomModel.llama(weights),
                                "datasets.scenes_align.build_info.storage="
                                        + folder.resolve("align")));
        options.addAll(List.of(more));
        TrainConfig config =
                TrainConfig.load(Path.of("train_configs/quickstart_stage2.yaml"), options);
        List<String> warnings = new ArrayList<>();
        try (TrainRun run = TrainRun.open(config, resume, (key, bytes) -> {})) {
            run.train(List.of(listener), warnings::add, stop);
        }
        return warnings;
    }

    private static RunFolder run(String name) {
        return new RunFolder(folder.resolve(name));
    }

    private static SampleSheet sheet(String name) {
        return SampleSheet.read(folder.resolve(name)).orElseThrow();
    }

    private static List<String> figures(String name) throws IOException {
        List<String> figures = new ArrayList<>();
        for (String line : Files.readAllLines(run(name).metrics())) {
            var json = JsonParser.parseString(line).getAsJsonObject();
            figures.add(json.get("step") + " " + json.get("loss") + " " + json.get("grad_norm"));
        }
        return figures;
    }

    private static byte[] weights(String name) throws IOException {
        return Files.readAllBytes(
                run(name).checkpoint(EPOCHS * STEPS).resolve("state.safetensors"));
    }
}
