package org.minigpt4j.nano.parts;

import org.minigpt4j.model.EvaVit;
import org.minigpt4j.model.VitDims;

import java.util.LinkedHashMap;
import java.util.Map;

/** The image encoder as kernel text, and its loss over what each patch shows. */
final class VitText {

    private VitText() {}

    static PartLayout layout(VitDims dims) {
        Map<String, long[]> head = new LinkedHashMap<>();
        head.put("head.norm.weight", new long[] {dims.width()});
        head.put("head.norm.bias", new long[] {dims.width()});
        head.put("head.weight", new long[] {PatchLabels.CLASSES, dims.width()});
        head.put("head.bias", new long[] {PatchLabels.CLASSES});
        return new PartLayout(new EvaVit(dims, null), head);
    }

    /** Method {@code vit_tokens}: weights, pixels [b, s, s, 3], mean and deviation to tokens. */
    static String tokens(VitDims dims, PartLayout layout) {
        StringBuilder text = new StringBuilder();
        text.append(
"""
  def vit_tokens(self: __torch__.Kernels, flat: Tensor, pixels: Tensor, mean: Tensor, std: Tensor) -> Tensor:
""");
        text.append(layout.cut());
        text.append("    image = (self).normalize_pixels(pixels, mean, std)\n");
        text.append(
                "    p = (self).patch_embed(image, %s, %s, %s)\n"
                        .formatted(
                                layout.view("patch_embed.proj.weight"),
                                layout.view("patch_embed.proj.bias"),
                                dims.patchSize()));
        text.append(
                "    x0 = (self).vit_embed(p, %s, %s)\n"
                        .formatted(layout.view("cls_token"), layout.view("pos_embed")));
        for (int i = 0; i < dims.depth(); i++) {
            text.append(
                    "    x%s = (self).vit_block(x%s, %s, %s, %s)\n"
                            .formatted(
                                    i + 1,
                                    i,
                                    layout.viewsOf("blocks." + i + "."),
                                    dims.heads(),
                                    Double.toString(dims.layerNormEps())));
        }
        return text.append("    return x%s\n\n".formatted(dims.depth())).toString();
    }

    /** Method {@code train}: labels [b * patches, kinds] and how much each counts. */
    static String of(VitDims dims, PartLayout layout) {
        StringBuilder text = new StringBuilder(tokens(dims, layout));
        text.append(
"""
  def train(self: __torch__.Kernels, flat: Tensor, pixels: Tensor, mean: Tensor, std: Tensor, labels: Tensor, weights: Tensor) -> Tuple[Tensor, Tensor]:
""");
        text.append(layout.cut());
        text.append("    x = torch.slice((self).vit_tokens(flat, pixels, mean, std), 1, 1)\n");
        text.append(
                "    y = torch.flatten((self).layer_norm(x, %s, %s, 1e-6), 0, 1)\n"
                        .formatted(layout.view("head.norm.weight"), layout.view("head.norm.bias")));
        text.append(
                "    logits = torch.linear(y, %s, %s)\n"
                        .formatted(layout.view("head.weight"), layout.view("head.bias")));
        int from = 0;
        StringBuilder losses = new StringBuilder();
        StringBuilder rights = new StringBuilder();
        for (int i = 0; i < PatchLabels.KINDS.length; i++) {
            int to = from + PatchLabels.KINDS[i];
            text.append(
                    ("    l%s, r%s = (self).weighted_loss(torch.slice(logits, 1, %s, %s),"
                                    + " torch.select(labels, 1, %s), torch.select(weights, 1,"
                                    + " %s))\n")
                            .formatted(i, i, from, to, i, i));
            losses.append(i == 0 ? "" : ", ").append("l").append(i);
            rights.append(i == 0 ? "" : ", ").append("r").append(i);
            from = to;
        }
        text.append("    loss = torch.mean(torch.stack([%s]))\n".formatted(losses));
        text.append("    return (loss, torch.amin(torch.stack([%s])))\n".formatted(rights));
        return text.toString();
    }
}
