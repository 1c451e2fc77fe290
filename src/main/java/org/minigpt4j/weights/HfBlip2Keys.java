package org.minigpt4j.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maps the names of BLIP-2's tensors between the files that MiniGPT-4 reads (LAVIS's {@code .pth}
 * and EVA's) and Hugging Face's {@code Blip2ForConditionalGeneration}. It follows Hugging Face's
 * {@code convert_blip_2_original_to_pytorch.py}.
 */
final class HfBlip2Keys {

    /** The only tensor without a one-to-one counterpart: {@code [q_bias, 0, v_bias]}. */
    static final Pattern QKV_BIAS =
            Pattern.compile("vision_model\\.encoder\\.layers\\.(\\d+)\\.self_attn\\.qkv\\.bias");

    private static final Pattern LAYER =
            Pattern.compile("vision_model\\.encoder\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");
    private static final Pattern FIRST_BIAS =
            Pattern.compile("vision_model\\.encoder\\.layers\\.(\\d+)\\.self_attn\\.([qv]_bias)");
    private static final Pattern QFORMER =
            Pattern.compile("qformer\\.encoder\\.layer\\.(\\d+)\\.(.+)");

    private static final Map<String, String> NAMES = new LinkedHashMap<>();
    private static final Map<String, String> PARTS = new LinkedHashMap<>();

    static {
        NAMES.put("vision_model.embeddings.class_embedding", "cls_token");
        NAMES.put("vision_model.embeddings.position_embedding", "pos_embed");
        both("vision_model.embeddings.patch_embedding.", "patch_embed.proj.");
        both("vision_model.post_layernorm.", "ln_vision.");
        NAMES.put("query_tokens", "query_tokens");
        both("qformer.layernorm.", "Qformer.bert.embeddings.LayerNorm.");
        PARTS.put("layer_norm1", "norm1");
        PARTS.put("layer_norm2", "norm2");
        PARTS.put("self_attn.qkv", "attn.qkv");
        PARTS.put("self_attn.projection", "attn.proj");
        PARTS.put("mlp.fc1", "mlp.fc1");
        PARTS.put("mlp.fc2", "mlp.fc2");
    }

    private HfBlip2Keys() {}

    private static void both(String theirs, String ours) {
        NAMES.put(theirs + "weight", ours + "weight");
        NAMES.put(theirs + "bias", ours + "bias");
    }

    /** Our name for one of their tensors; empty if MiniGPT-4 does not use it. */
    static Optional<String> ours(String theirs) {
        if (NAMES.containsKey(theirs)) {
            return Optional.of(NAMES.get(theirs));
        }
        Matcher first = FIRST_BIAS.matcher(theirs);
        if (first.matches()) {
            return Optional.of("blocks." + first.group(1) + ".attn." + first.group(2));
        }
        Matcher layer = LAYER.matcher(theirs);
        if (layer.matches()
                && PARTS.containsKey(layer.group(2))
                && !QKV_BIAS.matcher(theirs).matches()) {
            return Optional.of(
                    "blocks."
                            + layer.group(1)
                            + "."
                            + PARTS.get(layer.group(2))
                            + "."
                            + layer.group(3));
        }
        Matcher query = QFORMER.matcher(theirs);
        if (query.matches()) {
            return qformer(query.group(2))
                    .map(rest -> "Qformer.bert.encoder.layer." + query.group(1) + "." + rest);
        }
        return Optional.empty();
    }

    private static Optional<String> qformer(String part) {
        if (part.matches("(attention|crossattention)\\.attention\\..*")) {
            return Optional.of(part.replaceFirst("attention\\.attention\\.", "attention.self."));
        }
        return part.matches(
                        "(attention|crossattention)\\.output\\..*|(intermediate|output)_query\\..*")
                ? Optional.of(part)
                : Optional.empty();
    }

    /** Their name for one of our tensors; empty for the biases of queries and values. */
    static Optional<String> theirs(String ours) {
        for (Map.Entry<String, String> name : NAMES.entrySet()) {
            if (name.getValue().equals(ours)) {
                return Optional.of(name.getKey());
            }
        }
        Matcher block = Pattern.compile("blocks\\.(\\d+)\\.(.+)\\.(weight|bias)").matcher(ours);
        if (block.matches()) {
            return PARTS.entrySet().stream()
                    .filter(part -> part.getValue().equals(block.group(2)))
                    .map(
                            part ->
                                    "vision_model.encoder.layers.%s.%s.%s"
                                            .formatted(
                                                    block.group(1), part.getKey(), block.group(3)))
                    .findFirst();
        }
        Matcher layer =
                Pattern.compile("Qformer\\.bert\\.encoder\\.layer\\.(\\d+)\\.(.+)").matcher(ours);
        if (layer.matches()) {
            String part =
                    layer.group(2).replaceFirst("attention\\.self\\.", "attention.attention.");
            return qformer(part).isPresent()
                    ? Optional.of("qformer.encoder.layer." + layer.group(1) + "." + part)
                    : Optional.empty();
        }
        return Optional.empty();
    }

    /** Whether one of their tensors is needed, or identifies the Q-Former in the file. */
    static boolean isWanted(String theirs) {
        return ours(theirs).isPresent() || QKV_BIAS.matcher(theirs).matches();
    }
}
