"""A second witness for the model's mathematics: Hugging Face's LLaMA, BLIP-2 Q-Former and BLIP-2 ViT.

    python docs/peers/witness.py SHAPE DIR
    mvn test -Dtest='ForwardParityTest,PositionParityTest,PrecisionTest' -Dminigpt4j.goldens=DIR

SHAPE is one of SHAPES below. The weights are random, norms and biases included; they are written under
upstream's keys, and beside them what Hugging Face's classes make of some images and captions: every
value on the way to the loss, and the gradients that autograd gives. docs/parity.md has the results.
Needs torch, transformers 5, numpy and safetensors; no part of the build.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file
from torch import nn
from transformers import Blip2QFormerConfig, Blip2QFormerModel, Blip2VisionConfig, Blip2VisionModel
from transformers import LlamaConfig, LlamaForCausalLM

BOS, EOS, PAD, IGNORE = 1, 2, 2, -100
END = {"stage1": 13, "stage2": 35}

# Sizes as the reference names them; `dtype` is that of the files, whose values are exact in it.
SHAPES = {
    # odd head sizes in ViT (13) and Q-Former (9); LLaMA's must be even (14)
    "odd": dict(
        dtype="float32", img=42, patch=14, vdim=65, vdepth=2, vheads=5, mlp_ratio=3.0,
        qdim=63, qlayers=3, qheads=7, qinter=50, nq=5, cross_attention_freq=2,
        ldim=42, llayers=4, lheads=3, linter=77, lvocab=131, leps=1e-5,
        before=3, after=9, captions=[1, 11, 4, 7, 2]),
    # one head in the LLM, cross-attention in every layer, half-precision files
    "flat": dict(
        dtype="float16", img=80, patch=16, vdim=24, vdepth=5, vheads=2, mlp_ratio=4.3637,
        qdim=40, qlayers=2, qheads=10, qinter=160, nq=11, cross_attention_freq=1,
        ldim=26, llayers=1, lheads=1, linter=90, lvocab=61, leps=1e-6,
        before=12, after=1, captions=[5, 5]),
    # wider than deep, long captions, cross-attention in every third layer, bfloat16 files
    "wide": dict(
        dtype="bfloat16", img=56, patch=8, vdim=192, vdepth=1, vheads=6, mlp_ratio=2.5,
        qdim=96, qlayers=7, qheads=4, qinter=200, nq=32, cross_attention_freq=3,
        ldim=160, llayers=6, lheads=5, linter=432, lvocab=515, leps=1e-5,
        before=20, after=20, captions=[60, 33, 1]),
}


def vit(s):
    model = Blip2VisionModel(Blip2VisionConfig(
        hidden_size=s["vdim"], intermediate_size=int(s["vdim"] * s["mlp_ratio"]),
        num_hidden_layers=s["vdepth"], num_attention_heads=s["vheads"], image_size=s["img"],
        patch_size=s["patch"], hidden_act="gelu", layer_norm_eps=1e-6, qkv_bias=True,
        attn_implementation="eager"))
    # BLIP-2 calls it ln_vision and gives it PyTorch's epsilon, not that of the blocks.
    model.post_layernorm = nn.LayerNorm(s["vdim"], eps=1e-5)
    return model


def qformer(s):
    return Blip2QFormerModel(Blip2QFormerConfig(
        hidden_size=s["qdim"], num_hidden_layers=s["qlayers"], num_attention_heads=s["qheads"],
        intermediate_size=s["qinter"], hidden_act="gelu", layer_norm_eps=1e-12,
        cross_attention_frequency=s["cross_attention_freq"], encoder_hidden_size=s["vdim"],
        use_qformer_text_input=False, attn_implementation="eager"))


def llama(s):
    return LlamaForCausalLM(LlamaConfig(
        hidden_size=s["ldim"], num_hidden_layers=s["llayers"], num_attention_heads=s["lheads"],
        num_key_value_heads=s["lheads"], intermediate_size=s["linter"], vocab_size=s["lvocab"],
        rms_norm_eps=s["leps"], max_position_embeddings=2048, rope_theta=10000.0,
        tie_word_embeddings=False, bos_token_id=BOS, eos_token_id=EOS, pad_token_id=0,
        attn_implementation="eager"))


def randomize(model, dtype):
    """Values that are exact in `dtype`: no weight is left at a round one or zero."""
    for name, value in model.named_parameters():
        norm = "norm" in name.lower()
        noise = torch.randn_like(value)
        if norm:
            noise = 0.2 * noise + (1 if name.endswith("weight") else 0)
        elif value.dim() >= 2 and "embed" not in name.replace("patch_embedding", ""):
            noise = noise / value[0].numel() ** 0.5
        else:
            noise = 0.3 * noise
        value.data.copy_(noise.to(dtype).float())
    return model.eval().requires_grad_(False)


def vit_keys(model):
    keys = {"cls_token": model.embeddings.class_embedding,
            "pos_embed": model.embeddings.position_embedding,
            "patch_embed.proj.weight": model.embeddings.patch_embedding.weight,
            "patch_embed.proj.bias": model.embeddings.patch_embedding.bias}
    for i, layer in enumerate(model.encoder.layers):
        q, k, v = layer.self_attn.qkv.bias.data.chunk(3)
        k.zero_()  # in place: EVA has no bias on keys
        keys[f"blocks.{i}.attn.qkv.weight"] = layer.self_attn.qkv.weight
        keys[f"blocks.{i}.attn.q_bias"] = q
        keys[f"blocks.{i}.attn.v_bias"] = v
        for ours, theirs in {"attn.proj": layer.self_attn.projection, "norm1": layer.layer_norm1,
                             "norm2": layer.layer_norm2, "mlp.fc1": layer.mlp.fc1,
                             "mlp.fc2": layer.mlp.fc2}.items():
            keys[f"blocks.{i}.{ours}.weight"] = theirs.weight
            keys[f"blocks.{i}.{ours}.bias"] = theirs.bias
    return keys


def qformer_keys(model, ln_vision, queries):
    keys = {"query_tokens": queries, "ln_vision.weight": ln_vision.weight,
            "ln_vision.bias": ln_vision.bias}
    for name, value in model.named_parameters():
        name = name.replace("attention.attention.", "attention.self.")
        if name.startswith("layernorm."):
            name = name.replace("layernorm.", "embeddings.LayerNorm.")
        keys["Qformer.bert." + name] = value
    return keys


class Witness:
    def __init__(self, s):
        dtype = getattr(torch, s["dtype"])
        self.s = s
        self.vit = randomize(vit(s), dtype)
        self.qformer = randomize(qformer(s), dtype)
        self.llama = randomize(llama(s), dtype)
        self.queries = (0.3 * torch.randn(1, s["nq"], s["qdim"])).to(dtype).float()
        self.projection = nn.Linear(s["qdim"], s["ldim"])

    def write_weights(self, folder):
        def save(tensors, file):
            dtype = getattr(torch, self.s["dtype"])
            tensors = {k: v.detach().to(dtype).contiguous().clone() for k, v in tensors.items()}
            save_file(tensors, file, metadata={"format": "pt"})

        (folder / "llama_fp32").mkdir(parents=True, exist_ok=True)
        save(vit_keys(self.vit), folder / "eva_vit_g.safetensors")
        save(qformer_keys(self.qformer, self.vit.post_layernorm, self.queries),
             folder / "blip2_pretrained_flant5xxl.safetensors")
        save(dict(self.llama.named_parameters()), folder / "llama_fp32" / "model.safetensors")
        self.llama.config.save_pretrained(folder / "llama_fp32")
        numpy.savez(folder / "llama_proj_init.npz",
                    weight=self.projection.weight.detach().numpy(),
                    bias=self.projection.bias.detach().numpy())

    def image_tokens(self, seen, image, **how):
        """The ViT by its class, watched; its own pooling is not looked at."""
        out = {}

        def watch(name, module, change=lambda x: x):
            def hook(_, __, result):
                out[name] = change(result[0] if isinstance(result, tuple) else result)
            hooks.append(module.register_forward_hook(hook))

        hooks = []
        watch("vit_patch_embed", self.vit.embeddings.patch_embedding,
              lambda x: x.flatten(2).transpose(1, 2))
        for i, layer in enumerate(self.vit.encoder.layers):
            watch(f"vit_block_{i}", layer)
        self.vit(image, **how)
        for hook in hooks:
            hook.remove()
        out["vit_out"] = out[f"vit_block_{len(self.vit.encoder.layers) - 1}"]
        out["ln_vision_out"] = self.vit.post_layernorm(out["vit_out"])
        seen.update(out)
        return out["ln_vision_out"]

    def features(self, seen, image):
        tokens = self.image_tokens(seen, image)
        hooks = [self.qformer.layernorm.register_forward_hook(
            lambda _, __, result: seen.update(qf_embeddings=result))]
        for i, layer in enumerate(self.qformer.encoder.layer):
            hooks.append(layer.register_forward_hook(
                lambda _, __, result, i=i: seen.update(
                    {f"qf_layer_{i}": result[0] if isinstance(result, tuple) else result})))
        queries = self.queries.expand(len(image), -1, -1)
        seen["qf_out"] = self.qformer(
            query_embeds=queries, encoder_hidden_states=tokens,
            encoder_attention_mask=torch.ones(tokens.shape[:2])).last_hidden_state
        for hook in hooks:
            hook.remove()
        return seen["qf_out"]

    def step(self, captions, before, after):
        """One forward and backward pass over random images and these captions."""
        batch, nq = len(captions), self.s["nq"]
        longest = max(map(len, captions))
        text = torch.tensor([c + [PAD] * (longest - len(c)) for c in captions])
        mask = torch.tensor([[1] * len(c) + [0] * (longest - len(c)) for c in captions])
        seen = dict(image=torch.randn(batch, 3, self.s["img"], self.s["img"]), text_ids=text,
                    text_mask=mask)
        if before:
            seen.update(prompt_before_ids=torch.tensor(before),
                        prompt_after_ids=torch.tensor(after))
        with torch.no_grad():
            self.features(seen, seen["image"])
        seen["proj_out"] = self.projection(seen["qf_out"])

        words = self.llama.get_input_embeddings()
        rows = torch.tensor([[BOS] + before] * batch)
        behind = torch.tensor([after] * batch, dtype=torch.long)
        embeds = torch.cat(
            [words(rows), seen["proj_out"], words(behind), words(text)], dim=1)
        embeds.retain_grad()
        shown = torch.ones(batch, 1 + len(before) + nq + len(after), dtype=torch.long)
        attention_mask = torch.cat([shown, mask], dim=1)
        # The padding is the end of a sequence, so an end inside a caption is not learned either.
        targets = torch.cat(
            [torch.full_like(shown, IGNORE), text.masked_fill(text == PAD, IGNORE)], dim=1)

        hooks = []
        for i, layer in enumerate(self.llama.model.layers):
            hooks.append(layer.register_forward_hook(
                lambda _, __, result, i=i: seen.update(
                    {f"llama_layer_{i}": result[0] if isinstance(result, tuple) else result})))
        hooks.append(self.llama.model.layers[0].register_forward_pre_hook(
            lambda _, __, given: seen.update(additive_mask_4d=given["attention_mask"]),
            with_kwargs=True))
        hooks.append(self.llama.model.norm.register_forward_hook(
            lambda _, __, result: seen.update(llama_norm_out=result)))
        out = self.llama(inputs_embeds=embeds, attention_mask=attention_mask, labels=targets)
        for hook in hooks:
            hook.remove()
        self.projection.zero_grad()
        out.loss.backward()
        seen.update(
            inputs_embeds=embeds, attention_mask=attention_mask, targets=targets,
            position_ids=torch.arange(embeds.shape[1])[None], logits=out.logits, loss=out.loss,
            grad_llama_proj_weight=self.projection.weight.grad,
            grad_llama_proj_bias=self.projection.bias.grad, grad_inputs_embeds=embeds.grad)
        return seen

    def resized(self, grid):
        """Another image size than that of the learned positions."""
        side = grid * self.s["patch"]
        image = torch.randn(2, 3, side, side)
        seen = {}
        with torch.no_grad():
            self.image_tokens(seen, image, interpolate_pos_encoding=True)
            blank = torch.empty(1, grid * grid + 1, self.s["vdim"])
            positions = self.vit.embeddings.interpolate_pos_encoding(blank, side, side)
        return dict(pos_embed=positions, image=image, vit_out=seen["vit_out"])


def words(count, s):
    """Ids that are no special ones."""
    return torch.randint(3, s["lvocab"], (count,)).tolist()


def save(values, file):
    arrays = {}
    for name, value in values.items():
        value = value.detach()
        arrays[name] = (value if value.dtype == torch.int64 else value.float()).numpy().copy()
    numpy.savez(file, **arrays)


def main(shape, out):
    torch.manual_seed(len(shape))
    s = SHAPES[shape]
    folder = Path(out)
    witness = Witness(s)
    witness.write_weights(folder / "weights")
    dims = {k: v for k, v in s.items() if isinstance(v, (int, float))}
    dims.update(bos=BOS, eos=EOS, pad_for_training=PAD, ln_eps_vit=1e-6, ln_eps_ln_vision=1e-5,
                ln_eps_qformer=1e-12)
    (folder / "dims.json").write_text(json.dumps(dims, indent=1))

    before, after = words(s["before"], s), words(s["after"], s)
    one = [words(n, s) + [END["stage1"]] for n in s["captions"]]
    two = [words(n, s) + [END["stage2"]] for n in s["captions"]]
    ends = [[7, EOS, 9, 40, END["stage2"]], [11, END["stage2"]]]
    save(witness.step(one, [], []), folder / "stage1_forward.npz")
    save(witness.step(two, before, after), folder / "stage2_forward.npz")
    save(witness.step(ends, before, after), folder / "stage2_eos_in_text.npz")
    grid = s["img"] // s["patch"]
    save(witness.resized(grid + 3), folder / "pos_embed_interp_up.npz")
    save(witness.resized(max(1, grid - 2)), folder / "pos_embed_interp_down.npz")
    print(f"{shape}: {out}")
    return witness


if __name__ == "__main__":
    main(*sys.argv[1:])
