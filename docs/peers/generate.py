"""Hugging Face `generate` on PyTorch beside `launch/bench generate`, in turns.

    pip install torch transformers
    python docs/peers/generate.py [--dtype fp32|bf16] [--threads N] [--rounds N] [--ours COMMAND]

Both write 128 tokens greedily after a prompt of 64 embedded places, on a random LLaMA with the sizes of
preset `mid`. Prints one line of JSON: the median time of the prompt and of a token for each, and how many
times as fast we are (above 1 is faster). `--ours ''` measures the peer alone.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

PROMPT, TOKENS = 64, 128


def peer(dtype, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    torch.set_default_dtype({"fp32": torch.float32, "bf16": torch.bfloat16}[dtype])
    config = LlamaConfig(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=2048,
                         vocab_size=32000, max_position_embeddings=2048)
    model = LlamaForCausalLM._from_config(config, attn_implementation="sdpa").eval()
    prompt = torch.randn(1, PROMPT, 768) * 0.02

    def seconds(count):
        begin = time.perf_counter()
        with torch.no_grad():
            model.generate(inputs_embeds=prompt, min_new_tokens=count, max_new_tokens=count, do_sample=False,
                           eos_token_id=None, pad_token_id=0)
        return time.perf_counter() - begin

    seconds(8)

    def run():
        first = seconds(1)
        return first * 1e3, (seconds(TOKENS) - first) / (TOKENS - 1) * 1e3

    return run


def ours(command, dtype, threads):
    line = subprocess.run(
        shlex.split(command) + ["--preset", "mid", "--dtype", dtype, "--threads", str(threads), "--prompt",
                                str(PROMPT), "--tokens", str(TOKENS)],
        check=True, capture_output=True, text=True, timeout=900).stdout
    figures = json.loads(line.strip().splitlines()[-1])
    return figures["prompt_ms"], figures["token_ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dtype", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", default="launch/bench generate")
    args = parser.parse_args()
    run = peer(args.dtype, args.threads)
    theirs, own = [], []
    for _ in range(args.rounds):
        theirs.append(run())
        if args.ours:
            own.append(ours(args.ours, args.dtype, args.threads))
    report = {"dtype": args.dtype, "threads": args.threads, "rounds": args.rounds}
    for i, name in enumerate(["prompt", "token"]):
        report[f"peer_{name}_ms"] = round(statistics.median(pair[i] for pair in theirs), 2)
        if own:
            report[f"our_{name}_ms"] = round(statistics.median(pair[i] for pair in own), 2)
            report[f"{name}_times_as_fast"] = round(
                statistics.median(a[i] / b[i] for a, b in zip(theirs, own)), 2)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
