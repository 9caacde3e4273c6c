"""How much memory a step takes, by processes that do nothing else."""
import json
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
            contestant = contestants.start(key, options, cores)
            start = resident(contestant, "VmRSS")
            contestant.ask("open", case["name"], spec)
            Path(f"/proc/{contestant.process.pid}/clear_refs").write_text("5")  # the peak so far
            contestant.ask("run", case["name"], 0, STEPS)
            found[key] = {"start": start, "bytes": resident(contestant, "VmHWM")}
            contestant.close()
        except contestants.Absent:
            continue  # its times say why
    return found


def resident(contestant, field):
    """Bytes of a field of /proc/PID/status."""
    status = Path(f"/proc/{contestant.process.pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines()
                       if line.startswith(field + ":"))
