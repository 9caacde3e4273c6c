"""Measures linseed and its peers in one run; bench/run.sh builds and calls it."""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import contestants
import growth
import machine
import memory
import peers
import report
from measure import Turns

BENCH = Path(__file__).resolve().parent.parent
LOSS_STEPS = 20
FIRST_TOLERANCE, LOSS_TOLERANCE = 1e-6, 1e-4  # README.md says why
MANY = 15  # turns; the median of fewer is for a quick look


def parse():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    keys = [key for key, *_ in contestants.PEERS]
    parser = argparse.ArgumentParser(prog="sh bench/run.sh", description=__doc__)
    parser.add_argument("--only", metavar="PATTERN", default="",
                        help="cases that this regular expression matches, such as '^K[57]/'")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--instruction-set", choices=("sse4", "avx2", "avx512"),
                        help="of linseed's kernels alone (its best)")
    parser.add_argument("--repeats", type=int, default=MANY, help="turns of each (%(default)s)")
    parser.add_argument("--slice", type=float, default=0.1, metavar="SECONDS",
                        help="how long a turn is at least (%(default)s)")
    parser.add_argument("--memory", metavar="PATTERN", default="^M4/b(32|128)$",
                        help="of which of these cases memory is measured too (%(default)s)")
    parser.add_argument("--name", default="latest", help="of the files in --results")
    parser.add_argument("--results", type=Path, default=BENCH / "results", metavar="FOLDER")
    parser.add_argument("--peers", metavar="KEY,…", default=",".join(keys),
                        help="only these, of: " + ", ".join(keys) + "; or none")
    parser.add_argument("--venvs", type=Path, default=cache / "linseed-bench", metavar="FOLDER",
                        help="where the peers are installed (%(default)s)")
    parser.add_argument("--update-peers", action="store_true", help="install them anew")
    parser.add_argument("--binary", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.threads < 1 or options.repeats < 1:
        parser.error("--threads and --repeats must be at least 1")
    if "/" in options.name:
        parser.error(f"--name {options.name}: a file's name; --results is the folder")
    options.ours = [options.binary]
    if options.instruction_set:
        options.ours += ["--instruction-set", options.instruction_set]
    options.peers = set(options.peers.split(",")) - {"none"}
    unknown = options.peers - set(keys)
    if unknown:
        parser.error(f"no peer {', '.join(sorted(unknown))}; there are {', '.join(keys)}")
    for pattern in (options.only, options.memory):
        try:
            re.compile(pattern)
        except re.error as error:
            parser.error(f"{pattern!r}: {error}")
    return options


def ask_ours(options, cores, *arguments):
    output = subprocess.run([*options.ours, "--threads", str(len(cores)), *arguments], check=True,
                            stdout=subprocess.PIPE,
                            preexec_fn=lambda: os.sched_setaffinity(0, cores)).stdout
    return json.loads(output)


def chosen_cases(options, cores):
    cases = ask_ours(options, cores, "--list")
    chosen = [case for case in cases if re.search(options.only, case["name"])]
    if not chosen:
        raise SystemExit(f"bench: no case matches {options.only!r}; there are: " +
                         " ".join(case["name"] for case in cases))
    return chosen


def threads_of(cases):
    """The numbers of threads that cases of growth ask for."""
    return [case["spec"]["value"] for case in cases if case["spec"].get("axis") == "threads"]


def version():
    found = subprocess.run(["git", "-C", BENCH, "describe", "--always", "--dirty", "--tags"],
                           capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def measure_all(options, cases, running, folder, result):
    """Fills result["cases"] and result["losses"]; each network's losses are compared once."""
    compared = set()
    for number, case in enumerate(cases, 1):
        name, network = case["name"], case["spec"].get("network")
        kind = case["spec"]["kind"]
        start = time.monotonic()
        print(f"{number}/{len(cases)} {name}", file=sys.stderr, flush=True)
        entrants = running if case["spec"].get("peers", True) else running[:1]
        turns = Turns(entrants, case, folder / name.replace("/", "_") if network else None)
        if report.OURS in turns.failed:
            raise SystemExit(f"bench: {name} of linseed failed: {turns.failed[report.OURS]}")
        if kind in ("training", "evaluation") and (kind, network) not in compared:
            compared.add((kind, network))
            result["losses"][name] = turns.losses(LOSS_STEPS, FIRST_TOLERANCE,
                                                  LOSS_TOLERANCE)
        samples = turns.seconds(options.repeats, options.slice)
        turns.close()
        result["cases"][name] = {"flops": case["flops"], "bytes": case["bytes"],
                                 "spec": case["spec"], "first": turns.first,
                                 "samples": samples, "absent": turns.failed}
        times = ", ".join(f"{key} {report.milliseconds(report.median(s))}"
                          for key, s in samples.items())
        print(f"  ms: {times} ({time.monotonic() - start:.0f} s)", file=sys.stderr, flush=True)


def measure_memory(options, cores, cases, folder, result):
    for case in cases:
        name = case["name"]
        if case["spec"]["kind"] != "training" or not re.search(options.memory, name):
            continue
        print(f"memory of {name}", file=sys.stderr, flush=True)
        result["cases"][name]["memory"] = memory.peaks(options, cores, case,
                                                       folder / name.replace("/", "_"))


def write(options, result):
    options.results.mkdir(parents=True, exist_ok=True)
    json_file, table_file, plot_file, growth_file = (
        options.results / f"{options.name}.{kind}"
        for kind in ("json", "md", "svg", "growth.svg"))
    text = json.dumps(result, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[^][{}]*\]", lambda numbers: " ".join(numbers[0].split()), text)
    json_file.write_text(text + "\n")
    table = report.markdown(result)
    table_file.write_text(table)
    report.plot(result, plot_file)
    written = [json_file, table_file, plot_file]
    if growth.plot(result, growth_file):
        written.append(growth_file)
    print(table)
    print("written:", *written, file=sys.stderr)


def main():
    options = parse()
    cores = machine.pinned(options.threads)
    cases = chosen_cases(options, cores)
    peers.set_up(options.venvs, contestants.packages(options.peers), options.update_peers)
    busy = os.getloadavg()[0]
    if busy > 0.5:
        print(f"bench: warning: the machine is busy (load {busy:.1f}): times will be disturbed",
              file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        running, absent = contestants.start_all(options, cores)
        running[0].about["versions"]["linseed"] = version()  # ours comes first
        result = {
            "name": options.name, "version": version(), "machine": machine.describe(),
            "settings": {"threads": options.threads, "cores": cores, "repeats": options.repeats,
                         "slice": options.slice, "load": busy, "first_tolerance": FIRST_TOLERANCE,
                         "tolerance": LOSS_TOLERANCE},
            "peak": ask_ours(options, cores, "--peak"),
            "peak_of": {str(n): ask_ours(options, cores[:n], "--peak")
                        for n in threads_of(cases)},
            "contestants": {c.key: c.about for c in running}, "absent": absent,
            "losses": {}, "cases": {}}
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
        try:
            try:
                measure_all(options, cases, running, folder, result)
            finally:
                for contestant in running:
                    contestant.close()
            measure_memory(options, cores, cases, folder, result)
        except KeyboardInterrupt:
            print("bench: interrupted; what has been measured is written", file=sys.stderr)
    write(options, result)
    different = [f"{key} in {name}" for name, losses in result["losses"].items()
                 for key, l in losses.items() if not l["same"]]
    if different:
        raise SystemExit("bench: losses differ from linseed's: " + ", ".join(different))


if __name__ == "__main__":
    main()
