"""Long-lived processes, ours and the peers', that run cases when they are told to."""
import json
import os
import subprocess
import sys
from pathlib import Path

from report import OURS

BENCH = Path(__file__).resolve().parent.parent


class Absent(Exception):
    """Why a contestant, or a case of it, is not there."""


class Contestant:
    """A process that answers the commands of case.h."""

    def __init__(self, key, command, cores, log):
        self.key = key
        self.log = open(log, "a")
        n = str(len(cores))
        environment = os.environ | {
            "LINSEED_NUM_THREADS": n, "OMP_NUM_THREADS": n, "MKL_NUM_THREADS": n,
            "OPENBLAS_NUM_THREADS": n, "NPROC": n, "JAX_PLATFORMS": "cpu",
            "CUDA_VISIBLE_DEVICES": ""}
        try:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=self.log, text=True, start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, cores))
        except OSError as error:
            raise Absent(str(error)) from error
        self.about = self.reply()

    def ask(self, *words):
        try:
            print(*words, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # reply() says what became of it
        return self.reply()

    def reply(self):
        line = self.process.stdout.readline()
        if not line:
            raise Absent(f"it ended ({self.process.wait()}); see {Path(self.log.name).name}")
        answer = json.loads(line)
        if "error" in answer:
            raise Absent(answer["error"])
        return answer["ok"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


# (key, environment, script, variant): the environment "system" is Debian's Python.
PEERS = [
    ("torch-debian-nchw", "system", "torch_worker.py", "nchw"),
    ("torch-debian-channels_last", "system", "torch_worker.py", "channels_last"),
    ("torch-nchw", "torch", "torch_worker.py", "nchw"),
    ("torch-channels_last", "torch", "torch_worker.py", "channels_last"),
    ("torch-compile", "torch", "torch_worker.py", "compile"),
    ("jax", "jax", "jax_worker.py", ""),
    ("tensorflow", "tensorflow-cpu", "tensorflow_worker.py", ""),
]


def packages(keys):
    """What these peers need by pip, each once."""
    environments = (environment for key, environment, *_ in PEERS if key in keys)
    return [name for name in dict.fromkeys(environments) if name != "system"]


def keys(options):
    """Ours first, then the peers that --peers leaves."""
    return [OURS, *(key for key, *_ in PEERS if key in options.peers)]


def start(key, options, cores):
    """A contestant at work; its messages go to a log file beside the virtual environments."""
    logs = options.venvs / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{key}.log"
    if key == OURS:
        return Contestant(key, [*options.ours, "--serve"], cores, log)
    environment, script, variant = next(how for name, *how in PEERS if name == key)
    python = Path("/usr/bin/python3") if environment == "system" else (
        options.venvs / environment / "bin" / "python")
    reason = options.venvs / f"{environment}.absent"
    if reason.exists():
        raise Absent(reason.read_text().strip())
    if not python.exists():
        raise Absent(f"there is no virtual environment {environment}")
    command = [python, BENCH / "peers" / script, "--threads", str(len(cores)),
               "--variant", variant]
    peer = Contestant(key, command, cores, log)
    if environment == "system":  # this library calls itself a version before the package's
        query = ["dpkg-query", "--show", "--showformat=${Version}", "python3-torch"]
        package = subprocess.run(query, capture_output=True, text=True).stdout
        peer.about["versions"]["python3-torch"] = package
        peer.about["name"] = f"PyTorch {package.split('+')[0]} (Debian) {variant}"
    return peer


def start_all(options, cores):
    """(ours and the peers that run, {key: why} of those that do not)."""
    for log in (options.venvs / "logs").glob("*.log"):
        log.unlink()
    running = []
    absent = {key: "left out by --peers" for key, *_ in PEERS if key not in options.peers}
    for key in keys(options):
        print(f"starting {key}", file=sys.stderr)
        try:
            running.append(start(key, options, cores))
        except Absent as why:
            if key == OURS:
                raise SystemExit(f"bench: linseed does not start: {why}") from why
            absent[key] = str(why)
            print(f"  absent: {why}", file=sys.stderr)
    return running, absent
