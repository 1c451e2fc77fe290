"""Opens what `launch/weights export --format transformers` wrote, and compares with what was computed here.

    python docs/peers/check_export.py FOLDER

FOLDER holds `canary.json`: the ids of one prompt, its logits, the loss of a caption and the first greedy tokens.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
import transformers
from PIL import Image
from transformers import AutoProcessor, Blip2ForConditionalGeneration, pipeline

TOLERANCE = 2e-5


def picture(side):
    """As Canary.picture draws it."""
    y, x = numpy.mgrid[0:side, 0:side]
    dx, dy = 2.0 * x / side - 1, 2.0 * y / side - 1
    disc = dx * dx + dy * dy < 0.36
    ground = 60 * y // side
    channels = [numpy.where(disc, 200, 20), numpy.where(disc, 30, ground + 40), numpy.where(disc, 40, ground + 140)]
    return Image.fromarray(numpy.stack(channels, -1).astype(numpy.uint8))


def main(folder):
    print("torch", torch.__version__, "transformers", transformers.__version__)
    model, loaded = Blip2ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True)
    model.eval()
    missing, unexpected = loaded["missing_keys"], loaded["unexpected_keys"]
    print("missing", len(missing), "unexpected", len(unexpected))
    assert not missing and not unexpected, (missing, unexpected)

    canary = json.loads((Path(folder) / "canary.json").read_text())
    processor = AutoProcessor.from_pretrained(folder)
    image = picture(model.config.vision_config.image_size)
    chat = [{"role": "user", "content": [
        {"type": "image", "image": image}, {"type": "text", "text": canary["question"]}]}]
    inputs = processor.apply_chat_template(
        chat, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt")
    prompt = [model.config.image_token_index if i < 0 else i for i in canary["prompt"]]
    ids = inputs["input_ids"][0].tolist()
    assert ids == prompt, f"apply_chat_template gives {ids}, not {prompt}"
    print("apply_chat_template gives the same", len(ids), "ids")

    with torch.no_grad():
        pixels = inputs["pixel_values"].float()
        logits = model(pixel_values=pixels, input_ids=torch.tensor([prompt])).logits[0, -1]
        worst = float((logits - torch.tensor(canary["logits"])).abs().max())
        whole = torch.tensor([prompt + canary["caption"]])
        labels = whole.clone()
        labels[:, :len(prompt)] = -100
        out = model(pixel_values=pixels, input_ids=whole).logits[0, len(prompt) - 1:-1]
        loss = float(torch.nn.functional.cross_entropy(out, labels[0, len(prompt):]))
        new = model.generate(pixel_values=pixels, input_ids=torch.tensor([prompt]), do_sample=False,
                             max_new_tokens=len(canary["tokens"]))[0].tolist()[-len(canary["tokens"]):]
    print(f"logits differ by {worst:.2e}, loss by {abs(loss - canary['loss']):.2e}")
    assert worst <= TOLERANCE, worst
    assert abs(loss - canary["loss"]) <= 1e-5, (loss, canary["loss"])
    assert new == canary["tokens"], (new, canary["tokens"])
    print("the same", len(new), "greedy ids")

    more = [chat[0], {"role": "assistant", "content": [{"type": "text", "text": "A disc."}]},
            {"role": "user", "content": [{"type": "text", "text": "Which colour?"}]}]
    print(processor.apply_chat_template(more, add_generation_prompt=True, tokenize=False))
    answer = pipeline("image-text-to-text", model=folder)(text=chat, max_new_tokens=4)
    print("pipeline:", answer[0]["generated_text"][-1])


if __name__ == "__main__":
    main(*sys.argv[1:])
