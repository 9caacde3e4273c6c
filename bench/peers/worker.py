"""What the workers of all peers share: the commands of case.h, and where random inputs come from.

A worker defines a class Peer with
    Peer(threads, variant)        sets the framework up
    name, versions                what the report calls it, {library: version}
    open(spec)                    a Work for a case
and calls main(Peer). A Work has step() and, of whole networks, reset() and loss().
"""
import argparse
import gzip
import json
import os
import sys
import time
import traceback

import numpy as np


class Work:
    """A case whose step is a function that returns when all results are there."""

    def __init__(self, step):
        self.step = step

    def reset(self):
        pass


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


class ChannelsLast:
    """The kernels' cases for a peer whose images are [n, h, w, c]. It has conv(x, w, stride,
    padding), matmul(x, w), and directed(f, spec, x, w, y_bar): the Work of f in a direction."""

    def open(self, spec):
        return kind_of(self, spec)(spec)

    def convolution(self, s):
        x = normal(1, s["batch"], s["size"], s["size"], s["channels"])
        w = normal(2, s["window"], s["window"], s["channels"], s["features"])
        y_bar = normal(3, s["batch"], s["out"], s["out"], s["features"])
        return self.directed(lambda x, w: self.conv(x, w, s["stride"], s["padding"]), s, x, w,
                             y_bar)

    def dense(self, s):
        return self.directed(self.matmul, s, normal(1, s["batch"], s["in"]),
                             normal(2, s["in"], s["features"]),
                             normal(3, s["batch"], s["features"]))


def kind_of(peer, spec):
    """The peer's method for cases of this kind."""
    if not hasattr(peer, spec["kind"]):
        raise NotImplementedError(f"this worker has no cases of the kind {spec['kind']}")
    return getattr(peer, spec["kind"])


def saved(folder):
    """({"conv0/kernel": array}, {"images": [array], …}) of the checkpoint that ours wrote."""
    import h5py  # here, so that a peer without it can still run kernels
    with h5py.File(os.path.join(folder, "checkpoint_0")) as file:
        state = file["state"]
        params = {f"{layer}/{kind}": array[()]
                  for layer, kinds in state["params"].items() for kind, array in kinds.items()}
        lists = {name: [state[name][str(i)][()] for i in range(len(state[name]))]
                 for name in state if name != "params"}
    return params, lists


def initial_values(folder):
    """The parameters, and [(images, labels)], of a network on random images."""
    params, lists = saved(folder)
    return params, list(zip(lists["images"], lists["labels"]))


def averages_of(values):
    """{"norm0": (mean, variance)} of the running averages: those among the values, else the initial
    ones."""
    return {name.split("/")[0]: (values.get(name.replace("scale", "mean"), np.zeros_like(value)),
                                 values.get(name.replace("scale", "var"), np.ones_like(value)))
            for name, value in values.items() if name.endswith("/scale")}


class Evaluation:
    """Logits of one batch after another. `logits_of` takes one of the batches, which are (images,
    labels) of the peer."""

    def __init__(self, logits_of, batches):
        self.logits_of, self.batches = logits_of, batches
        self.reset()

    def reset(self):
        self.next = -1

    def step(self):
        self.next = (self.next + 1) % len(self.batches)
        self.last = self.logits_of(self.batches[self.next][0])

    def loss(self):
        """The mean cross-entropy."""
        logits = np.asarray(self.last).astype(np.float64)
        labels = np.asarray(self.batches[self.next][1])
        chosen = logits[np.arange(len(labels)), labels]
        return float((np.log(np.exp(logits).sum(1)) - chosen).mean())


def fashion_mnist(part):
    """(images [n, 28, 28, 1] float32 in [0, 1], labels [n]) of "train" or "t10k", read anew."""
    folder = "/usr/share/datasets/fashion-mnist"

    def read(name, skip):
        with gzip.open(f"{folder}/{part}-{name}-ubyte.gz") as file:
            return np.frombuffer(bytearray(file.read()), np.uint8, offset=skip)
    images = read("images-idx3", 16).reshape(-1, 28, 28, 1)
    return images.astype(np.float32) / np.float32(255), read("labels-idx1", 8)


class Server:
    def __init__(self, peer):
        self.peer = peer
        self.works = {}

    def open(self, name, spec):
        self.works[name] = self.peer.open(json.loads(spec))
        try:
            return self.run(name, "0 1")
        except Exception:
            self.close(name)
            raise

    def run(self, name, counts):
        warm, steps = map(int, counts.split())
        work = self.works[name]
        work.reset()
        for _ in range(warm):
            work.step()
        start = time.perf_counter()
        for _ in range(steps):
            work.step()
        return time.perf_counter() - start

    def losses(self, name, steps):
        work = self.works[name]
        work.reset()
        losses = []
        for _ in range(int(steps)):
            work.step()
            losses.append(work.loss())
        return losses

    def close(self, name):
        del self.works[name]
        return True

    def answer(self, line):
        command, name, rest = (line.split(maxsplit=2) + ["", ""])[:3]
        if command not in ("open", "run", "losses", "close"):
            raise ValueError(f"no command {command!r}")
        arguments = [rest] if command != "close" else []
        return getattr(self, command)(name, *arguments)


def main(make_peer):
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--variant", default="")
    arguments = parser.parse_args()
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no reply
    try:
        peer = make_peer(arguments.threads, arguments.variant)
        reply = {"ok": {"name": peer.name, "versions": peer.versions}}
    except Exception as error:
        peer, reply = None, {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), file=replies, flush=True)
    if peer is None:
        return
    server = Server(peer)
    for line in sys.stdin:
        try:
            reply = {"ok": server.answer(line)}
        except Exception as error:
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(reply), file=replies, flush=True)
