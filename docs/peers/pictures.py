"""Draws JPEG files to measure on.

    python3 docs/peers/pictures.py FOLDER

makes FOLDER/224, /256 and /512 (as `launch/bench data` takes them) and FOLDER/500x375 and /1024x768
(for `launch/bench prepare`). Each picture has what photographs have: shades, clouds of every size
whose contrast grows with their size, a dozen things with edges, some grain. The 256 pixel ones take
18 kB at quality 95, as much as a pair of upstream's data set, which has that size and quality; the
larger ones of the second kind have the grain of a camera, as pictures not yet made smaller have.
"""

import os
import sys

import numpy
from PIL import Image, ImageDraw

SQUARES = {"224": (224, 224), "256": (256, 256), "512": (512, 512)}
DOWNLOADS = {"500x375": (500, 375), "1024x768": (1024, 768)}


def clouds(random, width, height):
    """Values around 0: noise of every scale, a scale twice as coarse twice as strong."""
    total = numpy.zeros((height, width, 3), numpy.float32)
    cell = 2
    while cell < min(width, height):
        size = (height // cell + 2, width // cell + 2)
        grey = random.normal(0, 1, size)[..., None] + random.normal(0, 0.3, size + (3,))
        for band in range(3):
            coarse = Image.fromarray(grey[..., band].astype(numpy.float32))
            fine = numpy.asarray(coarse.resize((width, height), Image.BICUBIC))
            total[..., band] += fine * cell / min(width, height)
        cell *= 2
    return total


def picture(random, width, height, grain):
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    top, bottom = random.integers(40, 216, (2, 3))
    for y in range(height):
        shade = top + (bottom - top) * (y / height)
        draw.line((0, y, width, y), tuple(int(value) for value in shade))
    for _ in range(12):
        x, y = random.integers(0, (width, height))
        w, h = random.integers(min(width, height) // 16, min(width, height) // 3, 2)
        box = [int(value) for value in (x - w // 2, y - h // 2, x + w // 2, y + h // 2)]
        color = tuple(int(value) for value in random.integers(0, 256, 3))
        (draw.ellipse if random.random() < 0.5 else draw.rectangle)(box, color)
    values = numpy.asarray(image, numpy.float32) + 90 * clouds(random, width, height)
    values += random.normal(0, grain, values.shape)
    return Image.fromarray(values.clip(0, 255).astype(numpy.uint8))


def make(folder, width, height, grain, quality, count):
    os.makedirs(folder, exist_ok=True)
    random = numpy.random.default_rng(width)
    for i in range(count):
        path = os.path.join(folder, f"{i:04d}.jpg")
        picture(random, width, height, grain).save(path, quality=quality)


def files(folder):
    """The bytes of a folder's JPEG files, in the order of their names."""
    contents = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".jpg"):
            with open(os.path.join(folder, name), "rb") as file:
                contents.append(file.read())
    return contents


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: pictures.py FOLDER")
    for name, (width, height) in SQUARES.items():
        make(os.path.join(sys.argv[1], name), width, height, 1.5, 95, 64)
    for name, (width, height) in DOWNLOADS.items():
        make(os.path.join(sys.argv[1], name), width, height, 6, 90, 32)


if __name__ == "__main__":
    main()
