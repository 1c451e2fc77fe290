package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.bind.Binder;
import org.minigpt4j.config.bind.KeySpec;
import org.minigpt4j.config.yaml.FileKind;
import org.minigpt4j.config.yaml.Layers;
import org.minigpt4j.config.yaml.MergedConfig;
import org.minigpt4j.config.yaml.Origin;
import org.minigpt4j.config.yaml.Problems;
import org.minigpt4j.config.yaml.Tree;
import org.minigpt4j.config.yaml.YamlTree;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The defaults, written out a second time so that none of them changes unnoticed. */
class DefaultsTest {

    private static final String DEFAULTS =
            """
            run.runner = runner_base
            run.warmup_lr = -1.0
            run.warmup_steps = 0
            run.warmup = EPOCH
            run.lr_decay_rate = Optional.empty
            run.beta2 = 0.999
            run.iters_per_epoch = Optional.empty
            run.batch_size_eval = 64
            run.accum_grad_iters = 1
            run.accumulation = SUM
            run.micro_batches = Optional.empty
            run.loss_reduction = RANK
            run.max_grad_norm = Optional.empty
            run.max_skips = 20
            run.amp = false
            run.precision = AUTO
            run.device = AUTO
            run.devices = [auto]
            run.hosts = 1
            run.min_hosts = Optional.empty
            run.host_silence = 5.0
            run.host_wait = 600.0
            run.balance = true
            run.host_bf16 = false
            run.threads = 0
            run.resume_ckpt_path = Optional.empty
            run.checkpoint.steps = Optional.empty
            run.checkpoint.seconds = 60.0
            run.checkpoint.keep_last = 3
            run.checkpoint.keep_best = 1
            run.checkpoint.dir = Optional.empty
            run.tracking.uri = Optional.empty
            run.tracking.experiment = Optional.empty
            run.tracking.run_name = Optional.empty
            run.tracking.every_steps = 1
            run.tracking.system_seconds = 10.0
            run.tracking.timeout_seconds = 10.0
            run.tracking.restore_deleted = false
            run.tracking.register = Optional.empty
            run.samples.count = 8
            run.samples.max_new_tokens = 48
            run.samples.every_epochs = 1
            run.eval = Optional.empty
            run.listeners = []
            run.peak_tflops = Optional.empty
            run.max_bad_fraction = 0.001
            run.sampling = PASSES
            run.length_window = 1
            run.shard_cache_gb = 20.0
            run.cache_features = Optional.empty
            run.cache_features_precision = AUTO
            run.log_freq = 50
            run.evaluate = false
            run.train_splits = [train]
            run.valid_splits = []
            run.valid_samples = 1000
            run.test_splits = []
            run.use_dist_eval_sampler = true
            run.num_workers = 4
            run.world_size = 1
            run.dist_url = env://
            run.distributed = false
            model.arch = mini_gpt4
            model.vit_model = eva_clip_g
            model.vit.width = 1408
            model.vit.depth = 39
            model.vit.heads = 16
            model.vit.mlp_ratio = 4.3637
            model.vit.patch_size = 14
            model.has_qformer = true
            model.qformer.hidden_size = 768
            model.qformer.layers = 12
            model.qformer.heads = 12
            model.qformer.intermediate_size = 3072
            model.qformer.cross_attention_freq = 2
            model.qformer.dropout = 0.1
            model.ckpt = Optional.empty
            model.proj_layers = 1
            model.image_size = 224
            model.num_query_token = 32
            model.max_txt_len = 32
            model.end_sym = \\n
            model.prompt_path = Optional.empty
            model.prompt_template =\s
            model.low_resource = false
            model.int8_folder = Optional.empty
            model.device_8bit = 0
            model.grad_checkpoint = false
            model.freeze_vit = true
            model.freeze_qformer = true
            model.vit_precision = fp16
            model.drop_path_rate = 0.0
            model.use_grad_checkpoint = false
            model.prompt =\s
            datasets.cc_sbu_align.format = CC_SBU_ALIGN
            datasets.cc_sbu_align.type = default
            datasets.cc_sbu_align.data_type = images
            datasets.cc_sbu_align.build_info.val_storage = Optional.empty
            datasets.cc_sbu_align.vis_processor.train.image_transform = Optional.empty
            datasets.cc_sbu_align.vis_processor.train.image_size = 224
            datasets.cc_sbu_align.vis_processor.train.min_scale = 0.5
            datasets.cc_sbu_align.vis_processor.train.max_scale = 1.0
            datasets.cc_sbu_align.vis_processor.eval = Optional.empty
            datasets.cc_sbu_align.text_processor.train.prompt =\s
            datasets.cc_sbu_align.text_processor.train.max_words = 50
            datasets.cc_sbu_align.text_processor.eval = Optional.empty
            datasets.cc_sbu_align.sample_ratio = Optional.empty
            env.cache_root = Optional.empty
            """;

    private static final String ALIGN_DEFAULTS =
            """
            align.mode = CHECK
            align.expected_pairs = Optional.empty
            align.findings = Optional.empty
            align.pairs = 3500
            align.seed = 42
            align.source.image_column = image
            align.source.caption_column = caption
            align.captions.min_words = 60
            align.captions.max_words = 400
            align.captions.max_foreign = 0.1
            align.captions.cut_unfinished = true
            """;

    private static final String PREPARE_DEFAULTS =
            """
            prepare.budget = all
            prepare.reserve = 1.5
            prepare.seed = 42
            prepare.samples_per_shard = 10000
            prepare.dedupe = SHA256
            prepare.dedupe_distance = 4
            prepare.retry_failed = false
            prepare.report = true
            prepare.tracking.uri = Optional.empty
            prepare.tracking.experiment = prepare
            prepare.tracking.run_name = Optional.empty
            prepare.tracking.folder = Optional.empty
            prepare.tracking.every_seconds = 10.0
            prepare.tracking.system_seconds = 10.0
            prepare.tracking.timeout_seconds = 10.0
            prepare.tracking.restore_deleted = false
            sources.web.format = AUTO
            sources.web.url_column = Optional.empty
            sources.web.caption_column = Optional.empty
            sources.web.ratio = 1.0
            fetch.connections = 128
            fetch.connections_per_host = 4
            fetch.host_patience = 16
            fetch.connect_timeout = 10.0
            fetch.first_byte_timeout = 15.0
            fetch.body_timeout = 30.0
            fetch.retries = 2
            fetch.backoff = 1.0
            fetch.max_retry_after = 30.0
            fetch.max_mb = 20.0
            fetch.max_redirects = 5
            fetch.user_agent = minigpt4j (collects pictures with captions to train models)
            fetch.robots_txt = true
            fetch.disallowed_robots_tags = [noai, noimageai, noindex, noimageindex]
            fetch.allow_private = []
            filter.min_words = 1
            filter.max_words = Optional.empty
            filter.min_characters = 1
            filter.max_characters = Optional.empty
            filter.script = Optional.empty
            filter.min_script_share = 0.5
            filter.min_letter_share = 0.0
            filter.min_similarity = Optional.empty
            filter.max_watermark = Optional.empty
            filter.max_unsafe = Optional.empty
            filter.keep_nsfw = []
            picture.image_size = 256
            picture.resize_mode = BORDER
            picture.resize_only_if_bigger = false
            picture.encode_quality = 95
            picture.min_image_size = 0
            picture.min_image_area = 0
            picture.max_image_area = 0
            picture.max_pixels = 89478485
            picture.max_aspect_ratio = Optional.empty
            picture.apply_orientation = false
            """;

    @TempDir private Path temp;

    @Test
    void everyKeyThatMayBeLeftOutHasTheDefaultWrittenHere() throws IOException {
        check(DEFAULTS, FileKind.TRAINING, TrainConfig.Sections.class, new Yamls(temp).minimal());
    }

    @Test
    void theKeysOfStageTwosFolderHaveTheDefaultsWrittenHere() throws IOException {
        String minimal = "align: {folder: x, source: {format: folder, storage: %s}}";
        check(
                ALIGN_DEFAULTS,
                FileKind.PREPARATION,
                AlignPrepareConfig.Sections.class,
                minimal.formatted(temp));
    }

    @Test
    void theKeysOfAPreparationHaveTheDefaultsWrittenHere() throws IOException {
        String minimal = "prepare: {output: x}\nsources: {web: {path: %s}}";
        check(
                PREPARE_DEFAULTS,
                FileKind.PREPARATION,
                PrepareConfig.Sections.class,
                minimal.formatted(temp));
    }

    private void check(String defaults, FileKind kind, Class<? extends Record> root, String minimal)
            throws IOException {
        var file = new Yamls(temp).file(minimal);
        var problems = new Problems();
        var merged = MergedConfig.read(file, kind, List.of(), problems);
        var binder = new Binder(problems);
        Record bound = binder.bind(root, merged.tree());
        problems.throwIfAny();
        var values = new LinkedHashMap<String, Object>();
        flatten("", bound, values);
        assertEquals(
                defaults,
                values.entrySet().stream()
                        .filter(entry -> isDefault(entry, merged))
                        .map(entry -> entry.getKey() + " = " + entry.getValue())
                        .map(line -> line.replace("\n", "\\n") + "\n")
                        .collect(Collectors.joining()));
    }

    private static void flatten(String key, Object value, Map<String, Object> into) {
        Object inner = value instanceof Optional<?> optional ? optional.orElse(null) : value;
        String prefix = key.isEmpty() ? "" : key + ".";
        if (inner instanceof Map<?, ?> map) {
            map.forEach((name, entry) -> flatten(prefix + name, entry, into));
        } else if (inner instanceof Record section && !(inner instanceof SampleBudget)) {
            Iterator<String> names = KeySpec.of(section.getClass()).keySet().iterator();
            for (RecordComponent component : section.getClass().getRecordComponents()) {
                flatten(prefix + names.next(), read(component, section), into);
            }
        } else {
            into.put(key, value);
        }
    }

    private static Object read(RecordComponent component, Record section) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(section);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no value of " + component, e);
        }
    }

    private boolean isDefault(Map.Entry<String, Object> entry, MergedConfig merged) {
        boolean written = merged.origin(entry.getKey()).kind() == Origin.Kind.FILE;
        return !entry.getKey().startsWith("preprocess")
                && (!written || isAbsent(entry.getKey(), merged.toMap()));
    }

    private static boolean isAbsent(String key, Object tree) {
        Object at = tree;
        for (String name : key.split("\\.")) {
            at = at instanceof Map<?, ?> section ? section.get(name) : null;
        }
        return at == null;
    }

    @Test
    void theBuiltInModelFileAgreesWithTheRecords() {
        var model = (Map<?, ?>) YamlTree.builtIn("models/minigpt4.yaml").plain().get("model");
        Map<String, KeySpec> specs = KeySpec.of(ModelConfig.class);
        int compared = 0;
        for (var entry : model.entrySet()) {
            var byDefault =
                    specs.get(entry.getKey()).defaultValue(Origin.builtIn("", 0)).map(Tree::plain);
            if (byDefault.isPresent()) {
                assertEquals(byDefault.get(), entry.getValue(), entry.getKey().toString());
                compared++;
            }
        }
        assertTrue(compared > 5, "only " + compared + " keys compared");
    }

    @Test
    void everyBuiltInFileLoads() {
        for (var dataset : Layers.DATASETS.entrySet()) {
            var sections = YamlTree.builtIn(dataset.getValue()).section("datasets");
            assertEquals(List.of(dataset.getKey()), List.copyOf(sections.entries().keySet()));
        }
    }

    @Test
    void automaticPrecisionIsUpstreams() {
        assertEquals(Precision.FP32, Precision.AUTO.resolve(false, true));
        assertEquals(Precision.FP16, Precision.AUTO.resolve(true, true));
        assertEquals(Precision.FP32, Precision.AUTO.resolve(true, false));
        assertEquals(Precision.BF16, Precision.BF16.resolve(false, true));
    }

    @Test
    void theEncodersHiddenWidthIsCutNotRounded() {
        assertEquals(6144, new VitConfig(1408, 39, 16, 4.3637, 14).mlpHidden());
    }
}
