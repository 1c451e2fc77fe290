package org.minigpt4j.nano.parts;

import org.minigpt4j.model.QFormer;
import org.minigpt4j.model.QFormerDims;
import org.minigpt4j.nano.scene.SceneNotes;

import java.util.LinkedHashMap;
import java.util.Map;

/** The Q-Former as kernel text, and its loss over the word that each query says. */
final class QFormerText {

    private static final String BERT = "Qformer.bert.";

    private QFormerText() {}

    static PartLayout layout(QFormerDims dims) {
        Map<String, long[]> head = new LinkedHashMap<>();
        head.put("head.weight", new long[] {SceneNotes.WORDS.size(), dims.width()});
        head.put("head.bias", new long[] {SceneNotes.WORDS.size()});
        return new PartLayout(new QFormer(dims, null), head);
    }

    /** Method {@code qformer}: weights and image tokens to what the queries saw. */
    static String queries(QFormerDims dims, PartLayout layout) {
        String eps = Double.toString(dims.layerNormEps());
        StringBuilder text = new StringBuilder();
        text.append(
"""
  def qformer(self: __torch__.Kernels, flat: Tensor, tokens: Tensor) -> Tensor:
""");
        text.append(layout.cut());
        text.append(
                "    image = (self).layer_norm(tokens, %s, %s)\n"
                        .formatted(
                                layout.viewsOf("ln_vision."), Double.toString(dims.lnVisionEps())));
        text.append(
                "    x = (self).qformer_embed(%s, %s, torch.size(tokens, 0), %s)\n"
                        .formatted(
                                layout.view("query_tokens"),
                                layout.viewsOf(BERT + "embeddings.LayerNorm."),
                                eps));
        for (int i = 0; i < dims.layers(); i++) {
            String key = BERT + "encoder.layer." + i + ".";
            String heads = dims.heads() + ", " + eps;
            text.append(
                    "    x = (self).qformer_self(x, %s, %s)\n"
                            .formatted(layout.viewsOf(key + "attention."), heads));
            if (dims.crosses(i)) {
                text.append(
                        "    x = (self).qformer_cross(x, image, %s, %s)\n"
                                .formatted(layout.viewsOf(key + "crossattention."), heads));
            }
            text.append(
                    "    x = (self).qformer_feed_forward(x, %s, %s, %s)\n"
                            .formatted(
                                    layout.viewsOf(key + "intermediate_query."),
                                    layout.viewsOf(key + "output_query."),
                                    eps));
        }
        return text.append("    return x\n\n").toString();
    }

    /**
     * Method {@code train}: takes the image encoder's weights too, which stay as they are, the word
     * of each query, and how much it counts that all other words are equally far, which is what one
     * linear layer after it needs.
     */
    static String of(QFormerDims dims, PartLayout layout) {
        return queries(dims, layout)
                +
"""
  def train(self: __torch__.Kernels, flat: Tensor, vit: Tensor, pixels: Tensor, mean: Tensor, std: Tensor, labels: Tensor, weights: Tensor, evenness: Tensor) -> Tuple[Tensor, Tensor]:
    x = torch.flatten((self).qformer(flat, (self).vit_tokens(vit, pixels, mean, std)), 0, 1)
"""
                + layout.cut()
                +
"""
    said = torch.linear(x, %s, %s)
    loss, right = (self).weighted_loss(said, labels, weights)
    wanted = torch.scatter(torch.zeros_like(said), 1, torch.unsqueeze(labels, 1), 1.)
    off = torch.sub(torch.mul(said, 0.1), wanted)
    far = torch.sum(torch.mul(torch.sum(torch.mul(off, off), [1]), weights))
    apart = torch.div(torch.mul(far, evenness), torch.sum(weights))
    return (torch.add(loss, apart), right)
"""
                        .formatted(layout.view("head.weight"), layout.view("head.bias"));
    }
}
