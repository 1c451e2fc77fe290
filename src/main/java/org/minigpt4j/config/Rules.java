package org.minigpt4j.config;

import org.minigpt4j.config.yaml.MergedConfig;
import org.minigpt4j.config.yaml.Problems;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;

/** What several keys have to agree on. A rule is silent while a value it needs is itself wrong. */
final class Rules {

    private final Map<String, Object> bound;
    private final MergedConfig merged;
    private final Problems problems;

    Rules(Map<String, Object> bound, MergedConfig merged, Problems problems) {
        this.bound = bound;
        this.merged = merged;
        this.problems = problems;
    }

    void checkTraining() {
        checkModel();
        if (bound.get("run.lr_sched") == LrSched.LINEAR_WARMUP_STEP_LR
                && Optional.empty().equals(bound.get("run.lr_decay_rate"))) {
            reject("run.lr_decay_rate", "is missing; linear_warmup_step_lr needs it, e.g. 0.9");
        }
        checkPrecision();
        checkDevices();
        checkTracking();
        checkValidation();
    }

    void checkEvaluation() {
        checkModel();
        if (Optional.empty().equals(bound.get("model.ckpt"))) {
            reject(
                    "model.ckpt",
                    "is missing; put the checkpoint of your own run there, or upstream's"
                            + " pretrained_minigpt4.pth: without a trained projection the model"
                            + " cannot see");
        }
        checkPrecision();
    }

    void checkPreparation() {
        if (bound.get("sources") instanceof Map<?, ?> sources) {
            for (Object name : sources.keySet()) {
                if (!name.toString().matches("[A-Za-z0-9][A-Za-z0-9_-]*")) {
                    reject(
                            "sources." + name,
                            "is to be the name of a folder; give letters, digits, _ and -");
                } else if (name.equals("tracking")) {
                    reject(
                            "sources.tracking",
                            "has the name of the tracker's folder; give another");
                }
            }
        }
        noMoreThan("filter.min_words", "filter.max_words");
        noMoreThan("filter.min_characters", "filter.max_characters");
        if (bound.get("filter.script") instanceof Optional<?> script
                && script.orElse(null) instanceof String name
                && !name.isEmpty()
                && !isScript(name)) {
            reject(
                    "filter.script",
                    "is the text \""
                            + name
                            + "\"; give Unicode's name of a script, such as LATIN or HAN");
        }
    }

    private static boolean isScript(String name) {
        try {
            Character.UnicodeScript.forName(name);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void noMoreThan(String least, String most) {
        if (bound.get(least) instanceof Integer min
                && bound.get(most) instanceof Optional<?> limit
                && limit.orElse(null) instanceof Integer max
                && min > max) {
            reject(least, "is " + min + "; give no more than " + most + ", " + max);
        }
    }

    private void checkModel() {
        divides("model.vit.patch_size", "model.image_size");
        divides("model.vit.heads", "model.vit.width");
        divides("model.qformer.heads", "model.qformer.hidden_size");
        if (bound.get("model.prompt_path") instanceof Optional<?> path
                && path.isPresent()
                && bound.get("model.prompt_template") instanceof String template
                && template.split("\\{}", -1).length != 2) {
            reject(
                    "model.prompt_template",
                    "is the text \""
                            + template
                            + "\"; give one {} in it, where a prompt of prompt_path goes");
        }
        for (String key : bound.keySet()) {
            // Not the built-in top-level preprocess, which nothing uses.
            if (key.matches("datasets\\..*\\.vis_processor\\.(train|eval)\\.image_size")) {
                String rule = "; give the model's image_size, " + bound.get("model.image_size");
                agree(key, "model.image_size", Object::equals, rule);
            }
            if (key.endsWith(".vis_processor.train.min_scale")) {
                String maxScale = key.replace("min_scale", "max_scale");
                String rule = "; give no more than max_scale, " + bound.get(maxScale);
                agree(key, maxScale, (min, max) -> (double) min <= (double) max, rule);
            }
        }
    }

    private void checkPrecision() {
        if (bound.get("run.device") == DeviceKind.CPU
                && bound.get("run.precision") == Precision.FP16) {
            reject(
                    "run.precision",
                    "is fp16, which a CPU computes about 200 times slower than fp32; give bf16,"
                            + " fp32 or auto");
        }
    }

    /** GPUs and the processor round differently, so a step is not shared between them. */
    private void checkDevices() {
        if (!(bound.get("run.devices") instanceof List<?> devices)) {
            return;
        }
        long kinds = devices.stream().map(Object::getClass).distinct().count();
        boolean single = !devices.isEmpty() && !(devices.get(0) instanceof DeviceEntry.Gpu);
        if (kinds != 1 || single && devices.size() > 1) {
            reject("run.devices", "is " + devices + "; give auto, numbers of GPUs, or cpu x N");
        }
    }

    private void checkTracking() {
        if (bound.get("run.tracking.uri") instanceof Optional<?> uri
                && uri.isPresent()
                && !uri.get().toString().matches("none|https?://[^/@]+(/.*)?|sqlite:///.+")) {
            reject(
                    "run.tracking.uri",
                    "is "
                            + uri.get()
                            + "; give none, sqlite:///FILE, or the http:// or https:// address of"
                            + " an MLflow server, whose user and password belong into"
                            + " MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
        }
    }

    private void checkValidation() {
        if (!(bound.get("run.valid_splits") instanceof List<?> splits) || splits.isEmpty()) {
            return;
        }
        if (!splits.equals(List.of("val"))) {
            reject("run.valid_splits", "is " + splits + "; give [val], or [] for none");
        } else if (bound.entrySet().stream()
                .filter(e -> e.getKey().endsWith(".build_info.val_storage"))
                .allMatch(e -> e.getValue().equals(Optional.empty()))) {
            reject(
                    "run.valid_splits",
                    "is [val], but no data set has such a split; give"
                            + " datasets.NAME.build_info.val_storage, or [] for none");
        }
    }

    private void divides(String divisor, String dividend) {
        agree(
                divisor,
                dividend,
                (a, b) -> (int) b % (int) a == 0,
                "; give a divisor of " + dividend + ", " + bound.get(dividend));
    }

    private void agree(
            String key, String other, BiPredicate<Object, Object> rule, String whatToDo) {
        Object value = bound.get(key);
        if (value != null && bound.get(other) != null && !rule.test(value, bound.get(other))) {
            reject(key, "is " + value + whatToDo);
        }
    }

    private void reject(String key, String what) {
        problems.add(merged.origin(key), key, what);
    }
}
