#!/usr/bin/env python3
"""Runs launch/prepare and img2dataset in turn on the same addresses: from a list to shards.

    python3 docs/peers/prepare.py [--pictures 4000] [--pairs 3] [--processes 2] FOLDER

FOLDER holds JPEG files (pictures.py draws some). A server on the loopback interface, in a process of
its own, gives each of them under many addresses and with a comment of its own, so that no two
pictures are the same file. Both sides make 256 x 256 pictures with borders at quality 95, with
SHA-256, in shards of 1,000. Needs img2dataset (pip install img2dataset); without it, ours runs alone.

Prints a line of JSON a run: seconds by the clock, and of processor time of it and its children. At
the end come the medians of img2dataset's seconds over ours of the same pair.
"""

import argparse
import http.server
import json
import multiprocessing
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HOME = pathlib.Path(__file__).resolve().parents[2]
PEER = (
    "import sys; from img2dataset import download; download(url_list=sys.argv[1], input_format='csv',"
    " url_col='url', caption_col='caption', output_folder=sys.argv[2], output_format='webdataset',"
    " image_size=256, resize_mode='border', encode_quality=95, processes_count=int(sys.argv[3]),"
    " thread_count=32, number_sample_per_shard=1000, enable_wandb=False, compute_hash='sha256')"
)
CONFIG = """prepare:
  output: {out}
  budget: all
  samples_per_shard: 1000
sources:
  pairs:
    path: {list}
fetch:
  allow_private: ["127.0.0.1:{port}"]
  connections: 64
picture:
  image_size: 256
  resize_mode: border
  encode_quality: 95
"""


def serve(files, port):
    """Gives /N.jpg: one of the files, with N in a comment after the first marker."""
    contents = [pathlib.Path(file).read_bytes() for file in files]

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # otherwise a kept connection waits 40 ms for each body

        def do_GET(self):
            name = self.path.strip("/").removesuffix(".jpg")
            if not name.isdigit():
                self.send_error(404)
                return
            data = contents[int(name) % len(contents)]
            text = name.encode()
            comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
            body = data[:2] + comment + data[2:]
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    port.put(server.server_port)
    server.serve_forever()


def timed(side, command, log, limit):
    """Runs a command in a process of its own; gives its seconds."""
    begin = time.monotonic()
    before = os.times()
    with open(log, "w") as out:
        code = subprocess.run(command, stdout=out, stderr=out, timeout=limit, cwd=HOME).returncode
    after = os.times()
    if code != 0:
        sys.exit(f"{side} failed with exit code {code}:\n{pathlib.Path(log).read_text()[-2000:]}")
    seconds = {
        "side": side,
        "clock_s": round(time.monotonic() - begin, 1),
        "cpu_s": round(
            after.children_user + after.children_system - before.children_user - before.children_system, 1
        ),
    }
    print(json.dumps(seconds), flush=True)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--pictures", type=int, default=4000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--limit", type=int, default=1800, help="seconds that one run may take")
    arguments = parser.parse_args()
    files = sorted(pathlib.Path(arguments.folder).glob("*.jpg"))
    if not files:
        sys.exit(f"{arguments.folder} holds no .jpg; docs/peers/pictures.py draws some")
    has_peer = subprocess.run([sys.executable, "-c", "import img2dataset"], capture_output=True).returncode == 0
    if not has_peer:
        print("img2dataset is not installed (pip install img2dataset): ours alone", file=sys.stderr)
    port = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(files, port), daemon=True)
    server.start()
    ratios = []
    with tempfile.TemporaryDirectory() as work:
        number = port.get(timeout=60)
        pairs = os.path.join(work, "pairs.csv")
        with open(pairs, "w") as out:
            out.write("url,caption\n")
            for i in range(arguments.pictures):
                out.write(f"http://127.0.0.1:{number}/{i}.jpg,picture number {i}\n")
        ours, theirs = os.path.join(work, "ours"), os.path.join(work, "theirs")
        config = os.path.join(work, "prepare.yaml")
        with open(config, "w") as out:
            out.write(
                CONFIG.format(
                    out=ours, list=pairs, port=number
                )
            )
        log = os.path.join(work, "log")
        for _ in range(arguments.pairs):
            shutil.rmtree(ours, ignore_errors=True)
            own = timed("minigpt4j", [HOME / "launch/prepare", "--cfg-path", config], log, arguments.limit)
            if has_peer:
                shutil.rmtree(theirs, ignore_errors=True)
                command = [sys.executable, "-c", PEER, pairs, theirs, str(arguments.processes)]
                peer = timed("img2dataset", command, log, arguments.limit)
                ratios.append((peer["clock_s"] / own["clock_s"], peer["cpu_s"] / own["cpu_s"]))
    server.terminate()
    if ratios:
        clock, cpu = (round(statistics.median(column), 2) for column in zip(*ratios))
        print(json.dumps({"ratio_clock": clock, "ratio_cpu": cpu, "pairs": len(ratios)}))


if __name__ == "__main__":
    main()
