package org.minigpt4j.train.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Compares two configurations, ignoring keys that cannot change a result beyond rounding
 * differences between machines.
 */
final class ConfigDifference {

    private static final Set<String> HARMLESS =
            Set.of(
                    "run.output_dir",
                    "run.log_freq",
                    "run.num_workers",
                    "run.threads",
                    "run.devices",
                    "run.hosts",
                    "run.min_hosts",
                    "run.host_silence",
                    "run.host_wait",
                    "run.micro_batches", // compared by its effective value
                    "run.max_skips",
                    "run.listeners",
                    "run.peak_tflops",
                    "run.resume_ckpt_path",
                    "model.int8_folder");

    private ConfigDifference() {}

    /**
     * Returns differences such as {@code run.init_lr (was 1e-4, is 3e-5)}, in order.
     *
     * @param builtIn accepts keys that were not set; if the earlier configuration lacks such a key,
     *     a later version added it with a default that keeps the old behaviour, so it does not
     *     count
     */
    static List<String> between(
            Map<String, Object> before, Map<String, Object> now, Predicate<String> builtIn) {
        Map<String, String> old = new TreeMap<>();
        Map<String, String> current = new TreeMap<>();
        flatten("", before, old);
        flatten("", now, current);
        Set<String> keys = new TreeSet<>(old.keySet());
        keys.addAll(current.keySet());
        keys.removeIf(ConfigDifference::isHarmless);
        List<String> different = new ArrayList<>();
        for (String key : keys) {
            String was = old.get(key);
            String is = current.get(key);
            boolean newer = was == null && builtIn.test(key);
            if (!newer && !Objects.equals(was, is)) {
                different.add("%s (was %s, is %s)".formatted(key, was, is));
            }
        }
        return different;
    }

    private static boolean isHarmless(String key) {
        return HARMLESS.contains(key.replaceAll("\\[.*", ""))
                || key.startsWith("run.checkpoint.")
                || key.startsWith("run.tracking.")
                || key.startsWith("run.samples.")
                || key.startsWith("run.eval.");
    }

    private static void flatten(String key, Object value, Map<String, String> into) {
        if (value instanceof Map<?, ?> map) {
            map.forEach(
                    (name, inner) ->
                            flatten(key.isEmpty() ? "" + name : key + "." + name, inner, into));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                flatten(key + "[" + i + "]", list.get(i), into);
            }
        } else {
            // The JSON of a checkpoint returns every number as a double.
            into.put(key, value instanceof Number n ? "" + n.doubleValue() : "" + value);
        }
    }
}
