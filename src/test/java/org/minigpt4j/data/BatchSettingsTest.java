package org.minigpt4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.DatasetFormat;
import org.minigpt4j.config.ImageTransform;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.image.ImageProcessor;
import org.minigpt4j.text.CaptionProcessor;
import org.minigpt4j.text.Prompts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class BatchSettingsTest {

    @TempDir Path folder;

    @Test
    void aTrainingFileSaysWhatIsLoaded() throws IOException {
        BatchSettings settings =
                BatchSettings.from(
                        TrainConfig.load(
                                yaml(),
                                List.of(
                                        "datasets.one.sample_ratio=115",
                                        "datasets.two.sample_ratio=14",
                                        "run.seed=7")));
        assertEquals(7, settings.order().seed());
        assertEquals(6, settings.batchSize());
        assertEquals(160, settings.texts().maxTxtLen());
        assertEquals("###", settings.texts().endSym());
        assertEquals(56, settings.imageSize());
        assertEquals(folder.resolve("out/cache"), settings.storage().cache());
        assertEquals(
                List.of(new Prompts.Prompt("###Human: <Img>", "</Img> Go. ###Assistant: ")),
                settings.texts().prompts().all());
        assertEquals(
                List.of(
                        new SourceSettings(
                                "one",
                                DatasetFormat.WEBDATASET,
                                List.of(folder.resolve("one").toString()),
                                115,
                                ImageProcessor.randomResizedCrop(56),
                                Optional.of(new CaptionProcessor("a picture of ", 9))),
                        new SourceSettings(
                                "two",
                                DatasetFormat.CC_SBU_ALIGN,
                                List.of(folder.resolve("two").toString()),
                                14,
                                ImageProcessor.resize(56),
                                Optional.empty())),
                settings.sources());
    }

    @Test
    void theTransformCanBeSaidInPlaceOfWhatTheNameStandsFor() throws IOException {
        List<SourceSettings> sources =
                BatchSettings.from(
                                TrainConfig.load(
                                        yaml(),
                                        List.of(
                                                "datasets.one.vis_processor.train.image_transform=resize",
                                                "datasets.two.vis_processor.train.image_transform=random_resized_crop",
                                                "datasets.two.vis_processor.train.min_scale=0.3")))
                        .sources();
        assertEquals(ImageProcessor.resize(56), sources.get(0).images());
        assertEquals(
                new ImageProcessor(ImageTransform.RANDOM_RESIZED_CROP, 56, 0.3, 1),
                sources.get(1).images());
    }

    @Test
    void aFileAddressIsAPathOfThisMachine() throws IOException {
        String address = "file://" + folder.resolve("one");
        List<SourceSettings> sources =
                BatchSettings.from(
                                TrainConfig.load(
                                        yaml(),
                                        List.of("datasets.one.build_info.storage=" + address)))
                        .sources();
        assertEquals(List.of(folder.resolve("one").toString()), sources.get(0).storage());
    }

    @Test
    void aCopyChangesNothingElse() throws IOException {
        BatchSettings settings = BatchSettings.from(TrainConfig.load(yaml(), List.of()));
        assertEquals(settings, settings.forRank(RankShare.whole(), 1));
        assertEquals(Optional.empty(), settings.unlisted().skips().file());
        assertEquals(settings.unlisted(), settings.unlisted().unlisted());
    }

    @Test
    void ratiosCountOnlyIfTheFirstDataSetHasOne() throws IOException {
        BatchSettings settings =
                BatchSettings.from(
                        TrainConfig.load(yaml(), List.of("datasets.two.sample_ratio=14")));
        assertEquals(
                List.of(1.0, 1.0), settings.sources().stream().map(SourceSettings::ratio).toList());
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        SourceSettings source =
                new SourceSettings(
                        "one",
                        DatasetFormat.WEBDATASET,
                        List.of("one"),
                        1,
                        ImageProcessor.resize(56),
                        Optional.empty());
        SourceSettings other =
                new SourceSettings(
                        "two",
                        DatasetFormat.WEBDATASET,
                        List.of("two"),
                        1,
                        ImageProcessor.resize(28),
                        Optional.empty());
        refused(() -> BatchSettings.of(0, List.of(source), folder));
        refused(() -> BatchSettings.of(2, List.of(), folder));
        refused(() -> BatchSettings.of(2, List.of(source, other), folder));
        refused(() -> new BatchSettings.Texts(Prompts.none(), 0, ""));
        refused(() -> new BatchSettings.Work(4, 0, 1));
    }

    private static void refused(Executable settings) {
        assertThrows(IllegalArgumentException.class, settings);
    }

    private Path yaml() throws IOException {
        for (String name : List.of("one", "two", "llama")) {
            Files.createDirectories(folder.resolve(name));
        }
        for (String name : List.of("vit.safetensors", "qformer.safetensors")) {
            Files.writeString(folder.resolve(name), "");
        }
        Files.writeString(folder.resolve("prompts.txt"), "<Img><ImageHere></Img> Go.");
        String text =
                """
                model:
                  model_type: pretrain_vicuna
                  image_size: 56
                  max_txt_len: 160
                  end_sym: "###"
                  prompt_path: "DIR/prompts.txt"
                  prompt_template: '###Human: {} ###Assistant: '
                  llama_model: "DIR/llama"
                  q_former_model: "DIR/qformer.safetensors"
                  vit_weights: "DIR/vit.safetensors"
                datasets:
                  one:
                    format: webdataset
                    build_info:
                      storage: "DIR/one"
                    vis_processor:
                      train:
                        name: "blip2_image_train"
                        image_size: 56
                    text_processor:
                      train:
                        name: "blip_caption"
                        prompt: "a picture of "
                        max_words: 9
                  two:
                    format: cc_sbu_align
                    build_info:
                      storage: "DIR/two"
                    vis_processor:
                      train:
                        name: "blip2_image_eval"
                        image_size: 56
                    text_processor:
                      train:
                        name: "blip_caption"
                run:
                  task: image_text_pretrain
                  lr_sched: "linear_warmup_cosine_lr"
                  init_lr: 3e-3
                  min_lr: 3e-4
                  weight_decay: 0.05
                  max_epoch: 1
                  batch_size_train: 6
                  seed: 42
                  output_dir: "DIR/out"
                """;
        Path yaml = folder.resolve("train.yaml");
        return Files.writeString(yaml, text.replace("DIR", folder.toString()));
    }
}
