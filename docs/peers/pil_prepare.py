"""Decodes, resizes and encodes JPEG files with PIL, as launch/bench prepare does, on one core.

    python pil_prepare.py [--seconds 6] [--image-size 256] FOLDER ...

A picture is decoded whole, its longer side brought to the size by the mean of what each pixel
covers (PIL's BOX; OpenCV calls it INTER_AREA), put in the middle of a white square and encoded at
quality 95. Prints a line of JSON a folder; pictures.py draws folders to run on.
"""

import argparse
import io
import json
import os
import resource
import time

from PIL import Image

import pictures


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--image-size", type=int, default=256)
    options = parser.parse_args()
    for folder in options.folders:
        files = pictures.files(folder)
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
