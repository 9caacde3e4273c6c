"""How much memory a step takes, by processes that do nothing else."""
import json
import sys
from pathlib import Path

import contestants
from report import OURS

STEPS = 5


def peaks(options, cores, case, initial):
    """{key: {"bytes": what was resident at most during the steps, "start": what was before the case
    was opened}}. What opening took and gave back does not count. `initial` has the initial values,
    as ours has saved them."""
    found = {}
    for key in contestants.keys(options):
        saved = {} if key == OURS else {"initial": str(initial)}
        spec = json.dumps(case["spec"] | saved)
        try:
            found[key] = peak(key, options, cores, case["name"], spec)
        except (contestants.Absent, OSError, StopIteration) as why:
            print(f"  {key}: no memory measured: {why}", file=sys.stderr)
    return found


def peak(key, options, cores, name, spec):
    contestant = contestants.start(key, options, cores)
    try:
        start = resident(contestant, "VmRSS")
        contestant.ask("open", name, spec)
        Path(f"/proc/{contestant.process.pid}/clear_refs").write_text("5")  # the peak so far
        contestant.ask("run", name, 0, STEPS)
        return {"start": start, "bytes": resident(contestant, "VmHWM")}
    finally:
        contestant.close()


def resident(contestant, field):
    """Bytes of a field of /proc/PID/status."""
    status = Path(f"/proc/{contestant.process.pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines()
                       if line.startswith(field + ":"))
