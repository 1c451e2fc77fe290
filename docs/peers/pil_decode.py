"""Decodes and resizes JPEG files with PIL, one core, timed by the processor's clock.

    python pil_decode.py [--seconds 6] [--image-size 224] FOLDER ...

Prints a line of JSON a folder, with the figures of `launch/bench data` on the same files:
`samples_per_s_per_core` ends with the same bytes as minigpt4j does; `with_normalise` goes on with
what torchvision's ToTensor and Normalize compute, which upstream does on the host and minigpt4j on
the device (the operations of torchvision, spelled out in torch). `--make` draws folders of 224, 256
and 512 pixels to run on.
"""

import argparse
import io
import json
import os
import time

import numpy
import torch
from PIL import Image

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]).view(3, 1, 1)
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]).view(3, 1, 1)


def resized(data, size):
    return Image.open(io.BytesIO(data)).convert("RGB").resize((size, size), Image.BICUBIC)


def pixels(data, size):
    return numpy.asarray(resized(data, size))


def normalised(data, size):
    values = torch.from_numpy(numpy.array(resized(data, size), numpy.uint8))
    values = values.permute(2, 0, 1).contiguous().to(torch.float32).div(255)
    return values.sub_(MEAN).div_(STD)


def rate(work, files, size, seconds):
    done, begin = 0, time.process_time()
    while True:
        for data in files:
            work(data, size)
        done += len(files)
        elapsed = time.process_time() - begin
        if elapsed > seconds:
            return done / elapsed


def make(folder, edge, count=64):
    """Photograph-like pictures: smooth shades, edges and some noise; quality 95 as img2dataset."""
    os.makedirs(folder, exist_ok=True)
    random = numpy.random.default_rng(edge)
    for i in range(count):
        coarse = random.integers(0, 256, (edge // 16, edge // 16, 3), numpy.uint8)
        smooth = numpy.asarray(Image.fromarray(coarse).resize((edge, edge), Image.BICUBIC), float)
        noisy = smooth + random.normal(0, 6, smooth.shape)
        x, y, r = random.integers(edge // 4, edge // 2, 3)
        noisy[y : y + r, x : x + r] = random.integers(0, 256, 3)
        picture = Image.fromarray(noisy.clip(0, 255).astype(numpy.uint8))
        picture.save(os.path.join(folder, f"{i:04d}.jpg"), quality=95)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--make", action="store_true", help="make FOLDER/224, /256 and /512")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.make:
        for folder in options.folders:
            for edge in (224, 256, 512):
                make(os.path.join(folder, str(edge)), edge)
        return
    for folder in options.folders:
        files = []
        for name in sorted(os.listdir(folder)):
            if name.endswith(".jpg"):
                with open(os.path.join(folder, name), "rb") as file:
                    files.append(file.read())
        size = options.image_size
        third = options.seconds / 3
        print(
            json.dumps(
                {
                    "engine": "PIL",
                    "folder": os.path.basename(os.path.normpath(folder)),
                    "files": len(files),
                    "image_size": size,
                    "samples_per_s_per_core": round(
                        max(rate(pixels, files, size, third) for _ in range(3)), 1
                    ),
                    "with_normalise": round(
                        max(rate(normalised, files, size, third) for _ in range(3)), 1
                    ),
                    "mean_pixel": round(float(numpy.mean([pixels(f, size) for f in files])), 3),
                }
            )
        )


if __name__ == "__main__":
    main()
