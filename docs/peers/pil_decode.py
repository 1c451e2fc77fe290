"""Decodes and resizes JPEG files with PIL, as torchvision's Resize and ToTensor would, on one core.

    python pil_decode.py [--seconds 6] [--image-size 224] FOLDER ...

Prints a line of JSON a folder, with the figures of `launch/bench data` on the same files. The
normalisation at the end is what upstream does on the host and minigpt4j leaves to the device;
`without_normalise` leaves it out. `--make` draws folders of 224, 256 and 512 pixels to run on.
"""

import argparse
import io
import json
import os
import time

import numpy
from PIL import Image

MEAN = numpy.array([0.48145466, 0.4578275, 0.40821073], numpy.float32)
STD = numpy.array([0.26862954, 0.26130258, 0.27577711], numpy.float32)


def pixels(data, size):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return numpy.asarray(image.resize((size, size), Image.BICUBIC))


def normalised(data, size):
    values = pixels(data, size).astype(numpy.float32) / 255
    return numpy.ascontiguousarray(((values - MEAN) / STD).transpose(2, 0, 1))


def rate(work, files, size, seconds):
    done, begin = 0, time.perf_counter()
    while True:
        for data in files:
            work(data, size)
        done += len(files)
        elapsed = time.perf_counter() - begin
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
                        max(rate(normalised, files, size, third) for _ in range(3)), 1
                    ),
                    "without_normalise": round(
                        max(rate(pixels, files, size, third) for _ in range(3)), 1
                    ),
                    "mean_pixel": round(float(numpy.mean([pixels(f, size) for f in files])), 3),
                }
            )
        )


if __name__ == "__main__":
    main()
