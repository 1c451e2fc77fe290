"""Reads and writes shards by the rules of webdataset and img2dataset, with Python's own library.

    python3 shards.py read TAR ...    a line of JSON for each sample
    python3 shards.py write TAR KEY=JPEG=CAPTION ...
"""

import hashlib
import io
import json
import re
import struct
import sys
import tarfile

NAME = re.compile(r"^((?:.*/|)[^.]+)[.]([^/]*)$")  # webdataset.tariterators.base_plus_ext


def samples(path):
    """webdataset.tariterators: the stream in its order, members with one key in a row a sample."""
    sample = None
    with tarfile.open(path, mode="r|*") as stream:
        for member in stream:
            if not member.isreg():
                continue
            key, suffix = NAME.match(member.name).groups()
            suffix = suffix.lower()
            if sample is None or key != sample["__key__"]:
                if sample is not None:
                    yield sample
                sample = {"__key__": key}
            if suffix in sample:
                raise ValueError(f"{path}: {member.name} comes twice")
            sample[suffix] = stream.extractfile(member).read()
            if len(sample[suffix]) != member.size:
                raise ValueError(f"{path}: {member.name} is cut short")
    if sample is not None:
        yield sample


def jpeg_size(data):
    """Width and height by the frame header."""
    if data[:3] != b"\xff\xd8\xff" or data[-2:] != b"\xff\xd9":
        raise ValueError("no JPEG")
    at = 2
    while at < len(data):
        marker, length = struct.unpack(">xBH", data[at : at + 4])
        if marker in (0xC0, 0xC1, 0xC2):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return [width, height]
        at += 2 + length
    raise ValueError("no frame")


def read(paths):
    seen = set()
    for path in paths:
        for sample in samples(path):
            if sample["__key__"] in seen:
                raise ValueError(f"{path}: {sample['__key__']} comes twice")
            seen.add(sample["__key__"])
            told = json.loads(sample["json"])
            size = jpeg_size(sample["jpg"])
            if size != [told["width"], told["height"]]:
                raise ValueError(f"{path}: {sample['__key__']} is {size}, not as its JSON says")
            if told["key"] != sample["__key__"] or told["status"] != "success":
                raise ValueError(f"{path}: {told}")
            line = {
                "key": sample["__key__"],
                "members": list(sample)[1:],
                "caption": sample["txt"].decode("utf-8"),
                "json_caption": told["caption"],
                "url": told["url"],
                "jpg_sha256": hashlib.sha256(sample["jpg"]).hexdigest(),
            }
            print(json.dumps(line))


def write(path, pairs):
    """As img2dataset: webdataset.TarWriter sorts the members of a sample by name."""
    with tarfile.open(path, mode="w") as out:
        for pair in pairs:
            key, jpeg, caption = pair.split("=", 2)
            told = {"caption": caption, "url": "http://img2dataset.test/" + key, "key": key}
            told.update(status="success", error_message=None, width=1, height=1)
            with open(jpeg, "rb") as file:
                members = {"jpg": file.read(), "txt": caption.encode("utf-8")}
            members["json"] = json.dumps(told, indent=4).encode("utf-8")
            for suffix in sorted(members):
                member = tarfile.TarInfo(f"{key}.{suffix}")
                member.size = len(members[suffix])
                member.mode, member.uname, member.gname = 0o0444, "bigdata", "bigdata"
                out.addfile(member, io.BytesIO(members[suffix]))


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(sys.argv[2:])
    else:
        write(sys.argv[2], sys.argv[3:])
