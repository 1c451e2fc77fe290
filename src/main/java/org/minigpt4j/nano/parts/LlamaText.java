package org.minigpt4j.nano.parts;

import org.minigpt4j.model.Llama;
import org.minigpt4j.model.LlamaDims;

import java.util.Map;

/** The language model's loss as kernel text: the layers of the frozen one, with a graph. */
final class LlamaText {

    private LlamaText() {}

    static PartLayout layout(LlamaDims dims) {
        return new PartLayout(new Llama(dims, false, null), Map.of());
    }

    /**
     * Method {@code train}: takes ids [b, t], flat rows, their labels and weights, rotary tables,
     * and noise [b, t, hidden] in standard deviations of the embedding; gives the weighted mean of
     * the cross entropy, and how many of the labels of weight above 1 are right.
     */
    static String of(LlamaDims dims, PartLayout layout) {
        return
"""
  def train(self: __torch__.Kernels, flat: Tensor, ids: Tensor, rows: Tensor, labels: Tensor, weights: Tensor, cos: Tensor, sin: Tensor, noise: Tensor) -> Tuple[Tensor, Tensor]:
    return (self).weighted_loss((self).logits(flat, ids, rows, cos, sin, noise), labels, weights)

"""
                + logits(dims, layout);
    }

    /** Method {@code logits}: those of flat rows of ids [b, t]. */
    static String logits(LlamaDims dims, PartLayout layout) {
        StringBuilder hidden = new StringBuilder();
        hidden.append(layout.cut());
        hidden.append("    none = torch.zeros([0])\n");
        hidden.append("    mask = (self).attention_mask(none, torch.size(ids, 1))\n");
        hidden.append(
                ("    words = %s\n"
                                + "    blur = torch.mul(noise, torch.std(torch.detach(words)))\n"
                                + "    x0 = torch.add(torch.embedding(words, ids), blur)\n")
                        .formatted(layout.view("model.embed_tokens.weight")));
        for (int i = 0; i < dims.layers(); i++) {
            String key = "model.layers." + i + ".";
            hidden.append(
                    ("    x%s, a%s, b%s, c%s = (self).llama_layer(x%s, cos, sin, mask, %s, %s,"
                                    + " none, none, %s, none, %s, %s, none, %s, none, %s, %s)\n")
                            .formatted(
                                    i + 1,
                                    i,
                                    i,
                                    i,
                                    i,
                                    layout.view(key + "input_layernorm.weight"),
                                    layout.view(key + "self_attn.{q_proj,k_proj,v_proj}.weight"),
                                    layout.view(key + "self_attn.o_proj.weight"),
                                    layout.view(key + "post_attention_layernorm.weight"),
                                    layout.view(key + "mlp.{gate_proj,up_proj}.weight"),
                                    layout.view(key + "mlp.down_proj.weight"),
                                    dims.heads(),
                                    Double.toString(dims.rmsEps())));
        }
        String logits =
                "(self).llama_logits(x%s, rows, %s, %s, %s)"
                        .formatted(
                                dims.layers(),
                                layout.view("model.norm.weight"),
                                layout.view("lm_head.weight"),
                                Double.toString(dims.rmsEps()));
        return
"""
  def logits(self: __torch__.Kernels, flat: Tensor, ids: Tensor, rows: Tensor, cos: Tensor, sin: Tensor, noise: Tensor) -> Tensor:
%s    return %s
"""
                .formatted(hidden, logits);
    }
}
