"""What the reference's data worker does with a picture, timed by the processor's clock on one core.

    python3 docs/peers/pil_decode.py [--work reference] [--seconds 6] [--image-size 224] FOLDER ...

`reference`: a JPEG file in memory is decoded by PIL, resized with BICUBIC, made a tensor and
normalised, the last three by torchvision. `resize`: what `launch/bench data` does and no more: PIL
decodes and resizes, the end is bytes (minigpt4j normalises on the device). `decode`: decoding only.
`launch/bench data --peer` runs this in turn with itself. Prints a line of JSON a folder; pictures.py
draws folders to run on.
"""

import argparse
import io
import json
import os
import resource
import time

import numpy
from PIL import Image, features

import pictures

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def decoded(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


def resize(size):
    return lambda data: numpy.asarray(decoded(data).resize((size, size), Image.BICUBIC)), {}


def decode(size):
    return lambda data: decoded(data), {}


def reference(size):
    import torch
    import torchvision
    from torchvision import transforms

    torch.set_num_threads(1)
    transform = transforms.Compose(
        [
            transforms.Resize((size, size), interpolation=transforms.InterpolationMode.BICUBIC),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    versions = {"torchvision": torchvision.__version__, "torch": torch.__version__}
    return lambda data: transform(decoded(data)), versions


def rate(work, files, seconds):
    done, begin = 0, time.process_time()
    while True:
        for data in files:
            work(data)
        done += len(files)
        elapsed = time.process_time() - begin
        if elapsed > seconds:
            return done / elapsed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--work", choices=("reference", "resize", "decode"), default="reference")
    options = parser.parse_args()
    size = options.image_size
    kinds = {"reference": reference, "resize": resize, "decode": decode}
    work, versions = kinds[options.work](size)
    for folder in options.folders:
        files = pictures.files(folder)
        rate(work, files, options.seconds / 4)
        third = options.seconds / 3
        line = {
            "engine": "PIL",
            "work": options.work,
            "pillow": Image.__version__,
            "libjpeg-turbo": features.version_feature("libjpeg_turbo"),
            **versions,
            "folder": os.path.basename(os.path.normpath(folder)),
            "files": len(files),
            "image_size": size,
            "samples_per_cpu_s": round(max(rate(work, files, third) for _ in range(3)), 1),
            "peak_mem_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        }
        print(json.dumps(line))


if __name__ == "__main__":
    main()
