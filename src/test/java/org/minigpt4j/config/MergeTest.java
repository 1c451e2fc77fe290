package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.yaml.FileKind;
import org.minigpt4j.config.yaml.MergedConfig;
import org.minigpt4j.config.yaml.Problems;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class MergeTest {

    @TempDir private Path temp;
    private Yamls yamls;

    @BeforeEach
    void setUp() {
        yamls = new Yamls(temp);
    }

    @Test
    void everyModelTypeBringsItsOwnPromptUnlessTheFileHasOne() throws IOException {
        String text = yamls.minimal().replace("pretrain_vicuna\n", "pretrain_llama2\n");
        TrainConfig config = yamls.loadText(text);
        assertEquals("[INST] {} [/INST] ", config.model().promptTemplate());
        assertEquals("</s>", config.model().endSym());
        assertEquals(224, config.model().imageSize());
        assertEquals("#", yamls.loadText(text, "model.end_sym='#'").model().endSym());
        String qwen = yamls.loadText(text, "model.model_type=pretrain_qwen25").model().endSym();
        assertEquals("<|im_end|>", qwen);
    }

    @Test
    void theFileWinsOverTheBuiltInFileAndTheOptionOverBoth() throws IOException {
        String text = yamls.minimal().replace("model:\n", "model:\n  vit_precision: fp32\n");
        assertEquals("fp16", yamls.load().model().vitPrecision());
        assertEquals("fp32", yamls.loadText(text).model().vitPrecision());
        assertEquals(
                "fp16", yamls.loadText(text, "model.vit_precision=fp16").model().vitPrecision());
    }

    @Test
    void sectionsMergeKeyByKeyAndListsAreReplaced() throws IOException {
        String text = yamls.minimal() + "  test_splits: [a, b]\n";
        var config =
                yamls.loadText(
                        text,
                        "datasets.cc_sbu_align.vis_processor.train.min_scale=0.25",
                        "run.test_splits=[c]");
        var train = config.datasets().get("cc_sbu_align").visProcessor().train();
        assertEquals(0.25, train.minScale());
        assertEquals(VisProcessorName.BLIP2_IMAGE_TRAIN, train.name());
        assertEquals(List.of("c"), config.run().testSplits());
    }

    @Test
    void anEmptySectionKeepsWhatIsBuiltIn() throws IOException {
        String text = yamls.minimal() + "preprocess:\n";
        assertTrue(
                yamls.loadText(text)
                        .toJson(0)
                        .contains("\"preprocess\":{\"vis_processor\":{\"train\""));
    }

    @Test
    void optionsComeAsAssignmentsOrAsPairs() throws IOException {
        var assigned = yamls.load("run.max_epoch=7", "run.init_lr=2e-3").run();
        var paired = yamls.load("run.max_epoch", "7", "run.init_lr", "2e-3").run();
        assertEquals(7, assigned.maxEpoch());
        assertEquals(2e-3, assigned.initLr());
        assertEquals(assigned, paired);
    }

    @Test
    void theLastOfTwoOptionsWins() throws IOException {
        assertEquals(9, yamls.load("run.max_epoch=7", "run.max_epoch=9").run().maxEpoch());
    }

    @Test
    void anOptionsValueIsTypedAsInAFile() throws IOException {
        var config =
                yamls.load(
                        "run.amp=on",
                        "run.iters_per_epoch=5e3",
                        "run.resume_ckpt_path=null",
                        "model.ckpt=",
                        "model.end_sym=\"\\n\"",
                        "run.train_splits=['train']",
                        "model.vit={width: 64, heads: 4}");
        assertTrue(config.run().amp());
        assertEquals(Optional.of(5000), config.run().itersPerEpoch());
        assertEquals(Optional.empty(), config.run().resumeCkptPath());
        assertEquals(Optional.empty(), config.model().ckpt());
        assertEquals("\n", config.model().endSym());
        assertEquals(List.of("train"), config.run().trainSplits());
        assertEquals(64, config.model().vit().width());
        assertEquals(39, config.model().vit().depth());
    }

    @Test
    void anOptionsTextNeedsNoYamlQuotes() throws IOException {
        var model =
                yamls.load("model.end_sym=###", "model.prompt_template=###Human: {} ###Assistant: ")
                        .model();
        assertEquals("###", model.endSym());
        assertEquals("###Human: {} ###Assistant: ", model.promptTemplate());
        assertEquals("a=b", yamls.load("model.end_sym=a=b").model().endSym());
        assertEquals("a=b", yamls.load("model.end_sym", "a=b").model().endSym());
    }

    @Test
    void optionsOfNeitherFormAreRefused() {
        assertEquals(
                "--options run.seed 1 run.amp: the last key has no value; write key=value or key"
                        + " value",
                refused("run.seed", "1", "run.amp"));
        assertEquals(
                "--options run.amp: does not have the form key=value, such as run.max_epoch=2",
                refused("run.seed=1", "run.amp"));
        assertTrue(refused("=1").startsWith("--options =1: does not have the form"));
        assertTrue(refused("run.seed=[1").startsWith("--options run.seed=[1: this is not YAML"));
    }

    private String refused(String... options) {
        return assertThrows(UsageException.class, () -> yamls.load(options)).getMessage();
    }

    @Test
    void anOptionBringsInTheDefaultsOfWhatItNames() throws IOException {
        String untyped = yamls.minimal().replace("  model_type: pretrain_vicuna\n", "");
        assertEquals(
                32L,
                ((Map<?, ?>)
                                yamls.loadText(untyped, "model.model_type=pretrain_vicuna")
                                        .toMap()
                                        .get("model"))
                        .get("num_query_token"));
        var config =
                yamls.load(
                        "datasets.laion.build_info.storage=" + temp + "/{00000..00009}.tar",
                        "datasets.laion.vis_processor.train.name=blip2_image_train",
                        "datasets.laion.text_processor.train.name=blip_caption");
        assertEquals(Set.of("cc_sbu_align", "laion"), config.datasets().keySet());
        assertEquals(DatasetFormat.WEBDATASET, config.datasets().get("laion").format());
    }

    @Test
    void aDatasetOfAnotherNameSaysItsFormat() throws IOException {
        String text = yamls.minimal().replace("cc_sbu_align:", "scenes:\n    format: webdataset");
        assertEquals(
                DatasetFormat.WEBDATASET, yamls.loadText(text).datasets().get("scenes").format());
    }

    @Test
    void datasetsKeepTheOrderOfTheFile() throws IOException {
        String more =
                "  %s: {format: webdataset, build_info: {storage: %s},"
                        + " vis_processor: {train: {name: blip2_image_eval}},"
                        + " text_processor: {train: {name: blip_caption}}}\n";
        String text =
                yamls.minimal()
                        .replace(
                                "datasets:\n",
                                "datasets:\n"
                                        + more.formatted("zz", temp)
                                        + more.formatted("aa", temp));
        assertEquals(
                List.of("zz", "aa", "cc_sbu_align"),
                List.copyOf(yamls.loadText(text).datasets().keySet()));
    }

    @Test
    void whereNamesTheFileTheOptionOrTheBuiltInFile() throws IOException {
        var config = yamls.load("run.seed=7");
        assertEquals(temp + "/my.yaml:3", config.where("model.llama_model"));
        assertEquals("--options run.seed=7", config.where("run.seed"));
        assertEquals("built-in models/minigpt4.yaml:6", config.where("model.image_size"));
        assertEquals(temp + "/my.yaml:1", config.where("model.max_txt_len"));
        assertEquals(temp + "/my.yaml:8", config.where("datasets.cc_sbu_align.build_info.storage"));
    }

    @Test
    void theMergedConfigurationIsUpstreamsToTheLetter() throws IOException {
        String upstream = resource("upstream_log_head.json");
        var merged =
                MergedConfig.read(
                        Files.writeString(temp.resolve("log.json"), upstream),
                        FileKind.TRAINING,
                        List.of(),
                        new Problems());
        String ours = "            \"format\": \"cc_sbu_align\",\n";
        String json = merged.toJson(4) + "\n";
        assertTrue(json.contains(ours), json);
        assertEquals(upstream, json.replace(ours, ""));
    }

    @Test
    void theMapHoldsPlainValuesUnderUpstreamsNames() throws IOException {
        Map<String, Object> map = yamls.load("run.resume_ckpt_path=null").toMap();
        assertEquals(List.of("run", "model", "preprocess", "datasets"), List.copyOf(map.keySet()));
        var run = (Map<?, ?>) map.get("run");
        assertEquals(1e-4, run.get("init_lr"));
        assertEquals(42L, run.get("seed"));
        assertTrue(run.containsKey("resume_ckpt_path") && run.get("resume_ckpt_path") == null);
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = MergeTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
