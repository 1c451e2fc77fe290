package org.minigpt4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The files of docs/your-data.md that train do so, with small parts, a few steps each. */
class YourDataDocsIT {

    private static final int PICTURES = 8;
    private static final Pattern YAML = Pattern.compile("```yaml\n(model:.*?)```", Pattern.DOTALL);

    @TempDir private Path temp;

    @BeforeEach
    void make() throws Exception {
        new RandomModel(Preset.NANO, 0).write(temp.resolve("weights"));
        SceneWorld world = new SceneWorld(0, 128);
        Path folder = Files.createDirectories(temp.resolve("pictures"));
        Path coco = Files.createDirectories(temp.resolve("coco/train2017"));
        List<String> images = new ArrayList<>();
        List<String> captions = new ArrayList<>();
        for (int i = 0; i < PICTURES; i++) {
            Files.write(folder.resolve(i + ".jpg"), world.jpeg(i));
            Files.writeString(folder.resolve(i + ".txt"), world.caption(i));
            Files.write(coco.resolve(i + ".jpg"), world.jpeg(i));
            images.add("{\"id\": %d, \"file_name\": \"%d.jpg\"}".formatted(i, i));
            captions.add(
                    "{\"id\": %d, \"image_id\": %d, \"caption\": \"%s\"}"
                            .formatted(i, i, world.caption(i)));
        }
        Path annotations = Files.createDirectories(temp.resolve("coco/annotations"));
        Files.writeString(
                annotations.resolve("captions_train2017.json"),
                "{\"images\": %s, \"annotations\": %s}".formatted(images, captions));
        SceneAlignFolder.write(world, temp.resolve("cc_sbu_align"), 0, PICTURES);
    }

    @Test
    void everyFileThatTrainsTrains() throws Exception {
        var blocks = YAML.matcher(Files.readString(Path.of("docs/your-data.md")));
        List<String> trained = new ArrayList<>();
        Path stage1 = temp.resolve("run/mine");
        while (blocks.find()) {
            String text = blocks.group(1).replace("/path/to/stage1/run", stage1.toString());
            Path weights = temp.resolve("weights");
            text = text.replace("/path/to/vicuna", RandomModel.llama(weights).toString());
            text = text.replace("/path/to/eva_vit_g.pth", RandomModel.vit(weights).toString());
            text =
                    text.replace(
                            "/path/to/blip2_pretrained_flant5xxl.pth",
                            RandomModel.qformer(weights).toString());
            text = text.replace("/path/to", temp.toString());
            text = text.replace("output_dir: output", "output_dir: " + temp + "/run");
            Path file = Files.writeString(temp.resolve("my.yaml"), text);
            train(file, text.replaceAll("(?s).*\ndatasets:\n  (\\w+):.*", "$1"));
            String run = text.replaceAll("(?s).*output_dir: (\\S+).*", "$1");
            assertEquals(2, Files.readAllLines(Path.of(run, "metrics.jsonl")).size());
            trained.add(Path.of(run).getFileName().toString());
        }
        assertEquals(List.of("mine", "coco", "stage2"), trained);
    }

    /** With the sizes of the small parts, and steps for a test. */
    private static void train(Path file, String data) {
        List<String> words = new ArrayList<>(List.of("train", "--cfg-path", file.toString()));
        words.add("--options");
        words.addAll(List.of("model.image_size=112", "model.vit.width=96", "model.vit.depth=4"));
        words.addAll(List.of("model.vit.heads=4", "model.vit.mlp_ratio=4.0"));
        words.addAll(List.of("model.qformer.hidden_size=96", "model.qformer.layers=4"));
        words.addAll(List.of("model.qformer.heads=4", "model.qformer.intermediate_size=384"));
        words.add("datasets." + data + ".vis_processor.train.image_size=112");
        words.addAll(List.of("run.device=cpu", "run.peak_tflops=0.1", "run.tracking.uri=none"));
        words.addAll(List.of("run.max_epoch=1", "run.iters_per_epoch=2", "run.samples.count=0"));
        words.addAll(List.of("run.batch_size_train=2", "run.threads=1"));
        StringWriter said = new StringWriter();
        int code =
                Main.commandLine()
                        .setOut(new PrintWriter(said))
                        .setErr(new PrintWriter(said))
                        .execute(words.toArray(String[]::new));
        assertEquals(0, code, said.toString());
    }
}
