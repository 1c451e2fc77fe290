"""Decodes, resizes and encodes JPEG files with PIL, as launch/bench prepare does, on one core.

    python pil_prepare.py [--seconds 6] [--image-size 256] FOLDER ...

A picture is decoded whole, its longer side brought to the size by the mean of what each pixel
covers (PIL's BOX; OpenCV calls it INTER_AREA), put in the middle of a white square and encoded at
quality 95. Prints a line of JSON a folder. `--make` draws FOLDER/500x375 and FOLDER/1024x768.
"""

import argparse
import io
import json
import os
import resource
import time

import numpy
from PIL import Image


def prepared(data, size):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    scale = size / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = image.resize((width, height), Image.BOX if scale < 1 else Image.LANCZOS)
    square = Image.new("RGB", (size, size), (255, 255, 255))
    square.paste(small, ((size - width) // 2, (size - height) // 2))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=95)
    return out.getvalue()


def work(files, size, seconds):
    """Pictures made in so many seconds of the clock."""
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        prepared(files[done % len(files)], size)
        done += 1
    return done


def make(folder, width, height, count=32):
    """Photograph-like pictures: smooth shades, an edge, some noise; quality 90."""
    os.makedirs(folder, exist_ok=True)
    random = numpy.random.default_rng(width)
    for i in range(count):
        coarse = random.integers(0, 256, (height // 16, width // 16, 3), numpy.uint8)
        smooth = numpy.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC), float)
        noisy = smooth + random.normal(0, 6, smooth.shape)
        x, y, r = random.integers(height // 4, height // 2, 3)
        noisy[y : y + r, x : x + r] = random.integers(0, 256, 3)
        picture = Image.fromarray(noisy.clip(0, 255).astype(numpy.uint8))
        picture.save(os.path.join(folder, f"{i:04d}.jpg"), quality=90)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--image-size", type=int, default=256)
    parser.add_argument("--make", action="store_true", help="make FOLDER/500x375 and /1024x768")
    options = parser.parse_args()
    for folder in options.folders:
        if options.make:
            for width, height in ((500, 375), (1024, 768)):
                make(os.path.join(folder, f"{width}x{height}"), width, height)
            continue
        files = []
        for name in sorted(os.listdir(folder)):
            if name.endswith(".jpg"):
                with open(os.path.join(folder, name), "rb") as file:
                    files.append(file.read())
        size = options.image_size
        work(files, size, options.seconds / 2)
        clock, cpu = time.perf_counter(), time.process_time()
        done = work(files, size, options.seconds)
        clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
        line = {
            "engine": "PIL",
            "folder": os.path.basename(os.path.normpath(folder)),
            "files": len(files),
            "image_size": size,
            "threads": 1,
            "samples_per_s": round(done / clock, 1),
            "samples_per_cpu_s": round(done / cpu, 1),
            "mean_bytes": sum(len(prepared(file, size)) for file in files) // len(files),
            "peak_mem_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        }
        print(json.dumps(line))


if __name__ == "__main__":
    main()
