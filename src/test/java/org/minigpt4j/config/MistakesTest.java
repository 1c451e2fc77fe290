package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class MistakesTest {

    @TempDir private Path temp;
    private Yamls yamls;

    @BeforeEach
    void setUp() {
        yamls = new Yamls(temp);
    }

    @ParameterizedTest
    @ValueSource(strings = {"output/a\\0b", "~\\0", "~/a\\0b", "file:///a\\0b"})
    void aPathThatNoFileCanHaveIsAMistake(String path) throws IOException {
        for (String key : List.of("output_dir", "resume_ckpt_path", "cache_features")) {
            String text = yamls.minimal().replaceAll("(?m)^  output_dir:.*$", "");
            String others = key.equals("output_dir") ? "" : "  output_dir: out\n";
            List<String> mistakes =
                    yamls.mistakes(text + others + "  " + key + ": \"" + path + "\"\n");
            assertEquals(1, mistakes.size(), mistakes.toString());
            assertTrue(mistakes.get(0).contains("run." + key + ": "), mistakes.get(0));
        }
    }

    @Test
    void whatNoMachineCouldHoldOrFinishIsToldAtOnce() throws IOException {
        List<String> mistakes =
                yamls.mistakes(
                        yamls.minimal(),
                        "run.batch_size_train=2147483647",
                        "run.batch_size_eval=100000000",
                        "run.max_epoch=1000000",
                        "run.iters_per_epoch=10000");
        assertEquals(3, mistakes.size(), String.join("\n", mistakes));
        String all = String.join("\n", mistakes);
        assertTrue(
                all.contains(
                        "run.batch_size_train: is 2147483647; a micro-batch can hold at most 14266"
                                + " pic"),
                all);
        assertTrue(
                all.contains("run.batch_size_eval: is 100000000; a micro-batch can hold at most "),
                all);
        assertTrue(all.contains("run.max_epoch: is 1000000; with iters_per_epoch"), all);
    }

    @Test
    void allMistakesAreReportedTogetherInTheOrderOfTheFile() throws IOException {
        String text =
                yamls.minimal()
                                .replace("init_lr: 1e-4", "init_lr: fast")
                                .replace("weight_decay:", "wieght_decay:")
                                .replace("max_epoch: 4", "max_epoch: 0")
                                .replace("  seed: 42\n", "")
                                .replace("vit_weights: ", "vit_weights: /path/to/")
                        + "  seed: 1\n  seed: 2\n  freeze_vit: False\n"
                        + "extra: 1\n";
        List<String> mistakes = yamls.mistakes(text, "run.amp=maybe");
        List<String> expected =
                List.of(
                        "my.yaml:5: model.vit_weights: still has the placeholder ",
                        "my.yaml:11: run.weight_decay: is missing; give a number of at least 0",
                        "my.yaml:14: run.init_lr: is the text \"fast\"; give a number above 0",
                        "my.yaml:16: run.wieght_decay: is not a known key; did you mean"
                                + " run.weight_decay?",
                        "my.yaml:17: run.max_epoch: is the number 0; give a whole number of at"
                                + " least 1",
                        "my.yaml:21: seed: is written twice in this section; keep one",
                        "my.yaml:22: run.freeze_vit: is not a known key; did you mean"
                                + " model.freeze_vit?",
                        "my.yaml:23: extra: is not a known key; remove it",
                        "--options run.amp=maybe: run.amp: is the text \"maybe\"; give True or"
                                + " False");
        assertEquals(expected.size(), mistakes.size(), String.join("\n", mistakes));
        for (int i = 0; i < expected.size(); i++) {
            assertTrue(mistakes.get(i).startsWith(expected.get(i)), mistakes.get(i));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.llama_model | /path/to/vicuna/weights/ | launch/weights merge-delta",
                "model.llama_model | /path/to/anything | launch/weights random --preset 7b",
                "model.vit_weights | /path/to/eva_vit_g.pth | put the path of eva_vit_g.pth there",
                "model.q_former_model | /path/to/b.pth | put the path of"
                        + " blip2_pretrained_flant5xxl.pth",
                "model.ckpt | /path/to/stage1/checkpoint/ | the stage-1 checkpoint of your own run",
                "model.ckpt | /path/to/pretrained/ckpt/ | pretrained_minigpt4.pth",
                "datasets.cc_sbu_align.build_info.storage | /path/to/cc_sbu_align/ |"
                        + " dataset/README.md",
            })
    void aPlaceholderIsAnsweredWithWhatToPutThere(String key, String value, String sentence)
            throws IOException {
        String mistake = yamls.mistakes(yamls.minimal(), key + "=" + value).get(0);
        String expected = ": " + key + ": still has the placeholder " + value + "; ";
        assertTrue(mistake.contains(expected) && mistake.contains(sentence), mistake);
    }

    @Test
    void aBuiltInPlaceholderIsReportedWhereTheUserCanMendIt() throws IOException {
        String text =
                yamls.minimal()
                        .replaceFirst(" *llama_model.*\n", "")
                        .replaceFirst(" *build_info.*\n", "");
        List<String> mistakes = yamls.mistakes(text);
        assertEquals(2, mistakes.size());
        assertTrue(
                mistakes.get(0)
                        .startsWith("my.yaml:1: model.llama_model: still has the placeholder"),
                mistakes.get(0));
        assertTrue(
                mistakes.get(1)
                        .startsWith(
                                "my.yaml:6: datasets.cc_sbu_align.build_info.storage: still has"),
                mistakes.get(1));
    }

    @Test
    void aPreparationsOutputAndScriptAreLookedAtBeforeTheWork() throws IOException {
        Path list = Files.writeString(temp.resolve("list.json"), "[]");
        Path file = temp.resolve("prepare.yaml");
        Files.writeString(
                file,
                """
                prepare: {output: "%s/out"}
                sources: {web: {path: "%s"}}
                filter: {script: klingon}
                """
                        .formatted(list, list));
        String mistakes =
                assertThrows(UsageException.class, () -> PrepareConfig.load(file, List.of()))
                        .getMessage();
        assertTrue(mistakes.contains("prepare.output: "), mistakes);
        assertTrue(mistakes.contains("filter.script: is the text \"klingon\""), mistakes);
        assertEquals(
                "LATIN",
                PrepareConfig.load(
                                file,
                                List.of("filter.script=LATIN", "prepare.output=" + temp + "/out"))
                        .filter()
                        .script()
                        .orElseThrow());
    }

    @Test
    void anAddressIsNotDownloaded() throws IOException {
        String url = "https://example.org/LAVIS/blip2_pretrained_flant5xxl.pth";
        String mistake = yamls.mistakes(yamls.minimal(), "model.q_former_model=" + url).get(0);
        assertTrue(
                mistake.contains("is the address " + url + ", but must be a local path"), mistake);
        assertTrue(mistake.contains("download https://"), mistake);
    }

    @Test
    void aMissingFileThatUpstreamDownloadsSaysHowToGetIt() throws IOException {
        String text =
                yamls.minimal()
                        .replaceFirst(" *q_former_model.*\n", "")
                        .replaceFirst(" *vit_weights.*\n", "");
        List<String> mistakes = yamls.mistakes(text);
        assertTrue(
                mistakes.get(0)
                        .startsWith("my.yaml:1: model.vit_weights: is missing; put the path of"),
                mistakes.get(0));
        assertTrue(
                mistakes.get(1)
                        .startsWith("my.yaml:1: model.q_former_model: is missing; put the path of"),
                mistakes.get(1));
    }

    @Test
    void anUnknownDatasetMustSayWhatItIs() throws IOException {
        String text = yamls.minimal().replace("cc_sbu_align:", "my_data:");
        assertEquals(
                List.of(
                        "my.yaml:7: datasets.my_data.format: is missing; give one of webdataset,"
                                + " cc_sbu_align, coco_captions, image_folder (How the storage is laid"
                                + " out. Built in for the names `laion`, `cc_sbu` and `cc_sbu_align`;"
                                + " any other name needs it.)"),
                yamls.mistakes(text));
    }

    @Test
    void anEmptyFileNamesTheMissingSections() {
        List<String> mistakes = yamls.mistakes("");
        assertEquals(3, mistakes.size());
        assertEquals(
                "my.yaml:1: run: is missing; give a section (The task, the optimizer and the"
                        + " machine.)",
                mistakes.get(0));
    }

    @Test
    void aRunWithoutDataIsRefused() throws IOException {
        String text = yamls.minimal().replaceFirst("(?s)datasets:.*run:", "datasets: {}\nrun:");
        assertEquals(
                List.of(
                        "my.yaml:6: datasets: is empty; give at least one, each with its own"
                                + " section"),
                yamls.mistakes(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run.batch_size | run.batch_size_eval or run.batch_size_train?",
                "run.lr_schedule | run.lr_sched?",
                "model.vitt.width | model.vit?",
                "model.max_text_len | model.max_txt_len?",
                "model.width | model.vit.width?",
                "run.sample_ratio | datasets.<name>.sample_ratio?",
                "datasets.cc_sbu_align.buildinfo | datasets.cc_sbu_align.build_info?",
                "modle.arch | model?",
            })
    void anUnknownKeyIsAnsweredWithTheNearestKnownOnes(String key, String suggestion)
            throws IOException {
        String mistake = yamls.mistakes(yamls.minimal(), key + "=1").get(0);
        assertTrue(mistake.endsWith(": is not a known key; did you mean " + suggestion), mistake);
    }

    @Test
    void whatAQFormerComputesIsNotKeptWhileItLearns() throws IOException {
        List<String> mistakes =
                yamls.mistakes(
                        yamls.minimal(),
                        "model.freeze_qformer=False",
                        "run.cache_features=" + yamls.folder().resolve("features"));
        assertEquals(1, mistakes.size(), String.join("\n", mistakes));
        assertTrue(mistakes.get(0).contains("run.cache_features: keeps what"), mistakes.get(0));
        assertTrue(mistakes.get(0).contains("model.freeze_qformer: False"), mistakes.get(0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.freeze_vit=False | the image encoder cannot be trained here",
                "model.freeze_vit=no | with freeze_qformer: False the Q-Former",
                "model.vit_model=clip_l | upstream has no other",
                "model.arch=minigpt_v2 | it is the only architecture here",
                "model.model_type=pretrain_opt | its size is that of llama_model; see"
                        + " docs/models.md",
                "run.lr_sched=cosine | give one of linear_warmup_cosine_lr, linear_warmup_step_lr",
                "run.task=captioning | both stages of MiniGPT-4 are this task",
                "run.runner=runner_iter | there is no other loop",
                "run.evaluate=True | this file is for training",
                "run.train_splits=[train, val] | the data sets have no other split",
                "run.train_splits=[] | is an empty list; give a list of train",
                "model.drop_path_rate=1 | give a number of at least 0 and below 1",
                "run.device=tpu | give one of cuda, cpu, auto",
                "run.seed=null | is null; give a whole number",
                "model.max_txt_len=null | or leave the key out",
                "run.init_lr=.inf | give a number above 0",
                "run.max_epoch=3000000000 | give a whole number",
                "run.dist_url=on | give text, in quotes",
                "model.end_sym=${run.seed} | write the value out",
                "run.output_dir=hdfs://host/out | name a folder on this machine",
                "run=5 | is the number 5; give a section",
                "datasets=x | is the text \"x\"; give a section",
            })
    void aValueThatCannotBeHonouredSaysWhy(String option, String reason) throws IOException {
        List<String> mistakes = yamls.mistakes(yamls.minimal(), option);
        assertEquals(1, mistakes.size(), String.join("\n", mistakes));
        String key = option.substring(0, option.indexOf('='));
        assertTrue(
                mistakes.get(0).startsWith("--options " + option + ": " + key + ": is "),
                mistakes.get(0));
        assertTrue(mistakes.get(0).contains(reason), mistakes.get(0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model.vit.patch_size=15 | is 15; give a divisor of model.image_size, 224",
                "model.vit.heads=5 | is 5; give a divisor of model.vit.width, 1408",
                "model.qformer.heads=7 | is 7; give a divisor of model.qformer.hidden_size, 768",
                "datasets.cc_sbu_align.vis_processor.train.image_size=196 | is 196; give the"
                        + " model's image_size, 224",
                "datasets.cc_sbu_align.vis_processor.train.max_scale=0.25 | is 0.5; give no more"
                        + " than max_scale, 0.25",
                "model.prompt_path=my.yaml | write one {} where",
                "run.lr_sched=linear_warmup_step_lr | is missing; linear_warmup_step_lr needs it",
                "run.valid_splits=[val, test] | is [val, test]; give [val], or [] for none",
                "run.valid_splits=[val] | give datasets.NAME.build_info.val_storage, or []",
            })
    void keysThatDisagreeAreRefused(String option, String reason) throws IOException {
        String resolved = option.replace("my.yaml", temp + "/my.yaml");
        List<String> mistakes = yamls.mistakes(yamls.minimal(), resolved);
        assertEquals(1, mistakes.size(), String.join("\n", mistakes));
        assertTrue(mistakes.get(0).contains(reason), mistakes.get(0));
    }

    @Test
    void halfPrecisionOnTheProcessorIsRefusedWithAdvice() throws IOException {
        assertEquals(
                List.of(
                        "--options run.precision=fp16: run.precision: is fp16, which a CPU"
                                + " computes about 200 times slower than fp32; give bf16, fp32 or"
                                + " auto"),
                yamls.mistakes(yamls.minimal(), "run.device=cpu", "run.precision=fp16"));
        assertEquals(
                Precision.BF16,
                yamls.load("run.device=cpu", "run.precision=bf16").run().precision());
    }

    @Test
    void aRuleIsHeardBesideAnotherMistakeOfItsSection() throws IOException {
        List<String> mistakes =
                yamls.mistakes(
                        yamls.minimal(),
                        "run.init_lr=fast",
                        "run.devices=[0,cpu]",
                        "model.vit.depth=0",
                        "model.vit.heads=5");
        assertEquals(4, mistakes.size(), String.join("\n", mistakes));
        assertTrue(mistakes.get(1).contains("run.devices: is [0, cpu x 1]"), mistakes.get(1));
        assertTrue(mistakes.get(3).contains("model.vit.heads: is 5; give a divisor"));
    }

    @Test
    void aRuleIsSilentWhileAValueItNeedsIsWrong() throws IOException {
        assertEquals(
                List.of(
                        "--options model.image_size=0: model.image_size: is the number 0; give a"
                                + " whole number of at least 1"),
                yamls.mistakes(yamls.minimal(), "model.image_size=0"));
    }
}
