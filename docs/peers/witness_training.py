"""Training runs of the second witness: Hugging Face's models and PyTorch's own AdamW.

    python docs/peers/witness_training.py SHAPE DIR
    mvn test -Dtest=TrainingParityTest -Dminigpt4j.goldens=DIR

Writes what witness.py writes, and then the goldens' training files: batches, losses, rates and weights of
stage 1, of stage 1 with accumulated gradients and of stage 2, the checkpoints, and the log's configuration.
Take odd or flat: in the wide one some gradients are as small as float32's noise, which AdamW divides by itself.
Numbers of batches, iterations and so on are other than the goldens'.
"""

import json
import math
import sys
from pathlib import Path

import numpy
import torch

import witness

RUN = dict(init_lr=0.01, min_lr=0.001, warmup_lr=0.0005, warmup_steps=3, weight_decay=0.1,
           max_epoch=2, iters_per_epoch=7)
BATCHES, ACCUMULATE = 3, 3


def rate(i, total):
    """The reference's linear_warmup_cosine_lr at iteration i of the run; warm-up ends in epoch 0."""
    if i < RUN["warmup_steps"]:
        step = (RUN["init_lr"] - RUN["warmup_lr"]) / RUN["warmup_steps"]
        return min(RUN["init_lr"], RUN["warmup_lr"] + step * i)
    cosine = 0.5 * (1 + math.cos(math.pi * i / total))
    return (RUN["init_lr"] - RUN["min_lr"]) * cosine + RUN["min_lr"]


def loss(model, batch, before, after):
    """As witness.Witness.step, without looking on."""
    words = model.llama.get_input_embeddings()
    rows = len(batch["image"])
    text, mask = batch["text_ids"], batch["text_mask"]
    embeds = torch.cat(
        [words(torch.tensor([[witness.BOS] + before] * rows)),
         model.projection(batch["features"]),
         words(torch.tensor([after] * rows, dtype=torch.long)), words(text)], dim=1)
    shown = torch.ones(rows, embeds.shape[1] - text.shape[1], dtype=torch.long)
    labels = torch.cat([torch.full_like(shown, witness.IGNORE),
                        text.masked_fill(text == witness.PAD, witness.IGNORE)], dim=1)
    return model.llama(inputs_embeds=embeds, attention_mask=torch.cat([shown, mask], dim=1),
                       labels=labels).loss


def train(model, batches, prompt, epochs, accumulate, checkpoints=()):
    weight, bias = model.projection.weight, model.projection.bias
    model.projection.zero_grad()
    optimizer = torch.optim.AdamW(
        [dict(params=[weight], weight_decay=RUN["weight_decay"]),
         dict(params=[bias], weight_decay=0)], lr=RUN["init_lr"], betas=(0.9, 0.999), eps=1e-8)
    iterations = epochs * RUN["iters_per_epoch"] // accumulate * accumulate
    out = dict(loss=[], lr=[])
    for i in range(iterations):
        if i in (2, RUN["iters_per_epoch"] + 1):
            out[f"weight_before_step_{i}"] = weight.detach().numpy().copy()
            out[f"bias_before_step_{i}"] = bias.detach().numpy().copy()
        for group in optimizer.param_groups:
            group["lr"] = rate(i, iterations)
        value = loss(model, batches[i % len(batches)], *prompt)
        value.backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
        out["loss"].append(value.item())
        out["lr"].append(rate(i, iterations))
        if checkpoints and (i + 1) % RUN["iters_per_epoch"] == 0:
            epoch = i // RUN["iters_per_epoch"]
            torch.save(dict(model=dict({"llama_proj.weight": weight.detach(),
                                        "llama_proj.bias": bias.detach()}),
                            optimizer=optimizer.state_dict(), config=dict(run=RUN), scaler=None,
                            epoch=epoch), checkpoints[epoch])
    return dict(out, final_weight=weight.detach().numpy(), final_bias=bias.detach().numpy())


def batches(model, stage, folder):
    made = []
    for k in range(BATCHES):
        lengths = [2 + k, 5, 1 + 2 * k]
        captions = [witness.words(n, model.s) + [witness.END[stage]] for n in lengths]
        longest = max(map(len, captions))
        batch = dict(
            image=torch.randn(len(captions), 3, model.s["img"], model.s["img"]),
            text_ids=torch.tensor([c + [witness.PAD] * (longest - len(c)) for c in captions]),
            text_mask=torch.tensor([[1] * len(c) + [0] * (longest - len(c)) for c in captions]))
        witness.save(batch, folder / f"{stage}_batch_{k}.npz")
        with torch.no_grad():
            made.append(dict(batch, features=model.features({}, batch["image"])))
    return made


def main(shape, out):
    folder = Path(out)
    model = witness.main(shape, out)
    (folder / "checkpoints").mkdir(exist_ok=True)
    (folder / "stage1_log.txt").write_text(json.dumps(dict(run=RUN), indent=4) + "\n")
    forward = numpy.load(folder / "stage2_forward.npz")
    prompt = forward["prompt_before_ids"].tolist(), forward["prompt_after_ids"].tolist()
    initial = {k: v.clone() for k, v in model.projection.state_dict().items()}
    one, two = batches(model, "stage1", folder), batches(model, "stage2", folder)

    numpy.savez(folder / f"stage1_train_accum{ACCUMULATE}.npz",
                **train(model, one, ([], []), 1, ACCUMULATE))
    model.projection.load_state_dict(initial)
    files = [folder / "checkpoints" / f"stage1_checkpoint_{e}.pth" for e in range(2)]
    numpy.savez(folder / "stage1_train.npz", **train(model, one, ([], []), 2, 1, files))
    numpy.savez(folder / "stage2_train.npz", **train(model, two, prompt, 2, 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
