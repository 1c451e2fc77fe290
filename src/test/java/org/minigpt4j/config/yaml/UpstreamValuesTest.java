package org.minigpt4j.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The shipped files hold upstream's values; paths and our own keys aside, nothing else. */
class UpstreamValuesTest {

    private static final List<String> PATHS =
            List.of("llama_model", "q_former_model", "vit_weights", "prompt_path", "build_info");

    @Test
    void stageOneIsUpstreams() {
        assertEquals(
                """
                {"model":{"arch":"mini_gpt4","model_type":"pretrain_vicuna","freeze_vit":true,\
                "freeze_qformer":true},\
                "datasets":{"laion":{"vis_processor":{"train":{"name":"blip2_image_train",\
                "image_size":224}},"text_processor":{"train":{"name":"blip_caption"}},\
                "sample_ratio":115},\
                "cc_sbu":{"vis_processor":{"train":{"name":"blip2_image_train",\
                "image_size":224}},"text_processor":{"train":{"name":"blip_caption"}},\
                "sample_ratio":14}},\
                "run":{"task":"image_text_pretrain","lr_sched":"linear_warmup_cosine_lr",\
                "init_lr":0.0001,"min_lr":8e-05,"warmup_lr":1e-06,"weight_decay":0.05,\
                "max_epoch":4,"batch_size_train":64,"batch_size_eval":64,"num_workers":4,\
                "warmup_steps":5000,"iters_per_epoch":5000,"seed":42,\
                "output_dir":"output/minigpt4_stage1_pretrain","amp":true,\
                "resume_ckpt_path":null,"evaluate":false,"train_splits":["train"],\
                "device":"cuda","world_size":1,"dist_url":"env://","distributed":true}}\
                """,
                withoutPaths("train_configs/minigpt4_stage1_pretrain.yaml"));
    }

    @Test
    void stageTwoIsUpstreams() {
        assertEquals(
                """
                {"model":{"arch":"mini_gpt4","model_type":"pretrain_vicuna","freeze_vit":true,\
                "freeze_qformer":true,"max_txt_len":160,"end_sym":"###",\
                "prompt_template":"###Human: {} ###Assistant: ",\
                "ckpt":"/path/to/stage1/checkpoint/"},\
                "datasets":{"cc_sbu_align":{"vis_processor":{"train":{"name":"blip2_image_train",\
                "image_size":224}},"text_processor":{"train":{"name":"blip_caption"}}}},\
                "run":{"task":"image_text_pretrain","lr_sched":"linear_warmup_cosine_lr",\
                "init_lr":3e-05,"min_lr":1e-05,"warmup_lr":1e-06,"weight_decay":0.05,\
                "max_epoch":5,"iters_per_epoch":200,"batch_size_train":12,"batch_size_eval":12,\
                "num_workers":4,"warmup_steps":200,"seed":42,\
                "output_dir":"output/minigpt4_stage2_finetune","amp":true,\
                "resume_ckpt_path":null,"evaluate":false,"train_splits":["train"],\
                "device":"cuda","world_size":1,"dist_url":"env://","distributed":true}}\
                """,
                withoutPaths("train_configs/minigpt4_stage2_finetune.yaml"));
    }

    @Test
    void evaluationIsUpstreams() {
        assertEquals(
                """
                {"model":{"arch":"mini_gpt4","model_type":"pretrain_vicuna","freeze_vit":true,\
                "freeze_qformer":true,"max_txt_len":160,"end_sym":"###","low_resource":true,\
                "prompt_template":"###Human: {} ###Assistant: ",\
                "ckpt":"/path/to/pretrained/ckpt/"},\
                "datasets":{"cc_sbu_align":{"vis_processor":{"train":{"name":"blip2_image_eval",\
                "image_size":224}},"text_processor":{"train":{"name":"blip_caption"}}}},\
                "run":{"task":"image_text_pretrain"}}\
                """,
                withoutPaths("eval_configs/minigpt4_eval.yaml"));
    }

    @Test
    void thePromptsAreUpstreamsToTheByte() throws IOException {
        String prefix = "<Img><ImageHere></Img> ";
        assertEquals(
                String.join(
                        "\n",
                        prefix + "Describe this image in detail.",
                        prefix + "Take a look at this image and describe what you notice.",
                        prefix + "Please provide a detailed description of the picture.",
                        prefix + "Could you describe the contents of this image for me?"),
                Files.readString(
                        Path.of("train_configs/prompts/alignment.txt"), StandardCharsets.UTF_8));
    }

    private static String withoutPaths(String file) {
        var problems = new Problems();
        Tree.Mapping tree = YamlTree.file(Path.of(file), problems);
        problems.throwIfAny();
        return new MergedConfig(pruned(tree), List.of()).toJson(0);
    }

    private static Tree.Mapping pruned(Tree.Mapping tree) {
        var kept = new LinkedHashMap<String, Tree>();
        for (Map.Entry<String, Tree> entry : tree.entries().entrySet()) {
            if (!PATHS.contains(entry.getKey())) {
                Tree value = entry.getValue();
                kept.put(entry.getKey(), value instanceof Tree.Mapping m ? pruned(m) : value);
            }
        }
        return new Tree.Mapping(tree.origin(), kept);
    }
}
