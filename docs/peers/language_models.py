"""Tiny language models of each kind, by Hugging Face transformers, and what they compute.

    python docs/peers/language_models.py src/test/resources/org/minigpt4j/model/language

writes a folder for each kind: `config.json` as transformers writes it, float16 weights, and
`golden.npz` with inputs, logits, loss, the gradient of the inputs and greedy tokens, all in float32.
LanguageModelsTest compares with them. Lengths go beyond where the scaled rotary positions change.
"""

import sys
from pathlib import Path

import numpy
import torch
from transformers import (LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM,
                          Qwen2Config, Qwen2ForCausalLM)

SMALL = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
             vocab_size=70, initializer_range=0.2)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)


def kinds():
    yield "vicuna_16k", LlamaForCausalLM(LlamaConfig(
        **SMALL, rms_norm_eps=1e-5, max_position_embeddings=4096,
        rope_scaling=dict(rope_type="linear", factor=4.0)))
    yield "llama3", LlamaForCausalLM(LlamaConfig(
        **SMALL, num_key_value_heads=2, rms_norm_eps=1e-5, rope_theta=500000.0,
        max_position_embeddings=8192))
    yield "llama32_tied", LlamaForCausalLM(LlamaConfig(
        **SMALL, num_key_value_heads=1, head_dim=12, rms_norm_eps=1e-5, rope_theta=500000.0,
        max_position_embeddings=131072, rope_scaling=LLAMA3, tie_word_embeddings=True))
    yield "mistral", MistralForCausalLM(MistralConfig(
        **SMALL, num_key_value_heads=2, head_dim=16, rms_norm_eps=1e-5, rope_theta=1000000.0,
        max_position_embeddings=32768, sliding_window=4096))
    yield "qwen25", Qwen2ForCausalLM(Qwen2Config(
        **SMALL, num_key_value_heads=2, rms_norm_eps=1e-6, rope_theta=1000000.0,
        max_position_embeddings=32768))
    yield "qwen25_tied", Qwen2ForCausalLM(Qwen2Config(
        **SMALL, num_key_value_heads=4, rms_norm_eps=1e-6, rope_theta=1000000.0,
        max_position_embeddings=32768, tie_word_embeddings=True))


def golden(model):
    batch, tokens = 2, 37
    embeds = torch.randn(batch, tokens, SMALL["hidden_size"], requires_grad=True)
    labels = torch.randint(0, SMALL["vocab_size"], (batch, tokens))
    labels[:, :20] = -100
    labels[1, 30:] = -100
    out = model(inputs_embeds=embeds, labels=labels)
    out.loss.backward()
    with torch.no_grad():
        greedy = model.generate(inputs_embeds=embeds[:1], max_new_tokens=16, do_sample=False,
                                eos_token_id=None, pad_token_id=0)
    return dict(inputs_embeds=embeds, labels=labels, logits=out.logits, loss=out.loss,
                gradient=embeds.grad, greedy=greedy)


def main(out):
    for number, (name, model) in enumerate(kinds()):
        torch.manual_seed(number + 1)
        for key, value in model.named_parameters():
            spread = 0.5 if key.endswith("bias") else 0.2
            mean = 1.0 if "norm" in key else 0.0
            value.data = (mean + spread * torch.randn_like(value)).half().float()
        model.tie_weights()
        model.eval()
        folder = Path(out) / name
        values = golden(model)
        model.half().save_pretrained(folder)
        numpy.savez_compressed(folder / "golden.npz",
                               **{key: value.detach().numpy() for key, value in values.items()})
        (folder / "generation_config.json").unlink(missing_ok=True)
        print(name, float(values["loss"]), values["greedy"].tolist())


if __name__ == "__main__":
    main(*sys.argv[1:])
