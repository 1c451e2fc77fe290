"""Loads files this project wrote with PyTorch itself, and compares.

    python docs/check_with_pytorch.py OURS ORIGINAL

OURS is a .pth or .safetensors written by `launch/weights convert`, ORIGINAL what it was made of.
Needs torch and safetensors; no part of the build.
"""

import sys

import torch
from safetensors.torch import load_file


def state_dict(path, **how):
    if path.endswith(".safetensors"):
        return load_file(path)
    tree = torch.load(path, map_location="cpu", weights_only=True, **how)
    model = tree.get("model", tree)
    return {key: value for key, value in model.items() if torch.is_tensor(value)}


def same(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(
        one.contiguous().flatten().view(torch.uint8), other.contiguous().flatten().view(torch.uint8)
    )


def main(ours, original):
    expected = state_dict(original)
    ways = [{}] if ours.endswith(".safetensors") else [{}, {"mmap": True}]
    for how in ways:
        actual = state_dict(ours, **how)
        assert list(sorted(actual)) == list(sorted(expected)), "other keys"
        for key in expected:
            assert same(actual[key], expected[key]), key
        print(f"{ours}: {len(actual)} tensors as in {original} {how or ''}")


if __name__ == "__main__":
    main(*sys.argv[1:])
