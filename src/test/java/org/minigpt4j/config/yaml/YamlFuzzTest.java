package org.minigpt4j.config.yaml;

import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** YAML files of strangers, of both kinds. */
class YamlFuzzTest extends FuzzedReader {

    YamlFuzzTest() {
        super("yaml");
    }

    @Override
    protected FuzzTarget target() {
        return bytes -> {
            Path file = Files.write(folder.resolve("fuzzed.yaml"), bytes);
            if (new String(bytes, StandardCharsets.ISO_8859_1).contains("prepare:")) {
                PrepareConfig.load(file, List.of());
            } else {
                TrainConfig.plan(file, List.of()).config().toJson(2);
            }
        };
    }

    @Override
    protected List<byte[]> seeds() throws Exception {
        var bomb = new StringBuilder("a: &a0 [x, x]\n");
        for (int i = 1; i < 26; i++) { // 2^25 values by 50 aliases
            bomb.append("b%1$d: &a%1$d [*a%2$d, *a%2$d]\n".formatted(i, i - 1));
        }
        return List.of(
                Files.readAllBytes(Path.of("train_configs/quickstart_stage1.yaml")),
                Files.readAllBytes(Path.of("train_configs/minigpt4_stage2_finetune.yaml")),
                Files.readAllBytes(Path.of("dataset/minigpt4_stage1.yaml")),
                bytes(bomb.toString()),
                bytes("run: " + "[".repeat(5000)),
                bytes("run:\n  seed: " + "9".repeat(250_000)),
                bytes("prepare: {output: x, budget: " + "9".repeat(250_000) + "}"),
                bytes(
                        "run: {devi"
                                + "9".repeat(160_000)
                                + ": 1, seed_"
                                + "x".repeat(160_000)
                                + "}"),
                bytes("run: \"" + "x".repeat(3 << 20) + "\""),
                bytes(
                        "run: {output_dir: \"a\\0b\", seed: 1e999999999, init_lr: -.inf}\n"
                                + "model: &m [*m]"),
                bytes(
                        "run: {output_dir: ~x, devices: [99999999999], tracking: {uri:"
                                + " \"\\e[2J\"}}"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    protected List<String> dictionary() {
        return List.of(
                "&a",
                "*a",
                "<<: *a",
                "!!int ",
                "!!binary ",
                "---\n",
                "? ",
                ": ",
                "- ",
                "{",
                "}",
                "[",
                "]",
                "\"",
                "'",
                "|\n",
                ">\n",
                "\t",
                "#",
                "~/",
                ".nan",
                "0x",
                "1e400",
                "null",
                "\\0",
                "minigpt4",
                "batch_size: 3\n",
                "job_name: x\n",
                "${a}");
    }
}
