"""What machine this is, as far as it explains times."""
import os
import platform
from pathlib import Path

SETS = ("sse4_1", "sse4_2", "avx", "fma", "avx2", "avx512f", "avx512bw", "avx512dq", "avx512vl",
        "avx512_vnni", "avx512_bf16", "asimd", "sve")


def describe():
    fields = cpu_fields()
    flags = fields.get("flags", fields.get("Features", "")).split()
    return {
        "cpu": fields.get("model name", platform.machine()),
        "family": "/".join(fields[key] for key in ("cpu family", "model", "stepping")
                           if key in fields),
        "cores": len(os.sched_getaffinity(0)),
        "caches": caches(),
        "instructions": [name for name in SETS if name in flags],
        "virtual": "hypervisor" in flags,
        "kernel": platform.release().split("-")[0],
    }


def cpu_fields():
    """Of the first processor."""
    fields = {}
    for line in Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        fields[key.strip()] = value.strip()
    return fields


def caches():
    """{"L1d": "32K", …} as the first core sees them."""
    found = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = (index.joinpath(name).read_text().strip()
                             for name in ("level", "type", "size"))
        suffix = {"Data": "d", "Instruction": "i"}.get(kind, "")
        found[f"L{level}{suffix}"] = size
    return found


def pinned(threads):
    """The cores for so many threads, one each; an error if there are not so many."""
    cores = sorted(os.sched_getaffinity(0))
    if threads > len(cores):
        raise SystemExit(f"bench: {threads} threads need as many cores; there are {len(cores)}")
    return cores[:threads]
