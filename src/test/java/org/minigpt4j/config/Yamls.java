package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small training file in a temporary folder, with the files it names. */
public record Yamls(Path folder) {

    /** The required keys of a training file and no others. */
    public String minimal() throws IOException {
        Path weights = folder.resolve("weights.pth");
        Files.write(weights, new byte[0]);
        return """
        model:
          model_type: pretrain_vicuna
          llama_model: %1$s
          q_former_model: %2$s
          vit_weights: %2$s
        datasets:
          cc_sbu_align:
            build_info: {storage: %1$s}
            vis_processor: {train: {name: blip2_image_train}}
            text_processor: {train: {name: blip_caption}}
        run:
          task: image_text_pretrain
          lr_sched: linear_warmup_cosine_lr
          init_lr: 1e-4
          min_lr: 8e-5
          weight_decay: 0.05
          max_epoch: 4
          batch_size_train: 64
          seed: 42
          output_dir: %3$s
        """
                .formatted(folder, weights, folder.resolve("out"));
    }

    Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("my.yaml"), text);
    }

    TrainConfig loadText(String text, String... options) throws IOException {
        return TrainConfig.load(file(text), List.of(options));
    }

    public TrainConfig load(String... options) throws IOException {
        return loadText(minimal(), options);
    }

    /** The lines of the message that a text is refused with, the folder left out. */
    public List<String> mistakes(String text, String... options) {
        var e = assertThrows(UsageException.class, () -> loadText(text, options));
        return e.getMessage().replace(folder + "/", "").lines().toList();
    }
}
