"""What a run found, as a Markdown table and a plot."""
import statistics

OURS = "linseed"


def median(samples):
    return statistics.median(samples) if samples else None


def best_peer(case):
    """(key, seconds) of the fastest peer, or None."""
    peers = {key: median(values) for key, values in case["samples"].items() if key != OURS}
    return min(peers.items(), key=lambda item: item[1]) if peers else None


def bandwidth(peak, size):
    """GB/s at the smallest measured working set that holds `size` bytes, else at the largest."""
    streams = peak["stream"]
    return next((s for s in streams if s["bytes"] >= size), streams[-1])["scale"]


def ratio(case):
    """How many times as long as we the fastest peer takes."""
    best, ours = best_peer(case), median(case["samples"].get(OURS))
    return best[1] / ours if best and ours else None


def limit(case, peak):
    """Seconds that a step takes at least on this machine, by multiply-adds and by traffic."""
    by_flops = case["flops"] / (peak["gflops"] * 1e9)
    by_bytes = case["bytes"] / (bandwidth(peak, case["bytes"]) * 1e9)
    return max(by_flops, by_bytes)


def milliseconds(seconds):
    if seconds is None:
        return "–"
    return f"{seconds * 1e3:.3g}" if seconds < 1 else f"{seconds * 1e3:.0f}"


def row(name, case, keys, peak):
    ours, best = median(case["samples"].get(OURS)), best_peer(case)
    rate = case["flops"] / ours / 1e9 if case["flops"] and ours else None
    cells = [
        name, milliseconds(ours),
        f"{rate:.1f}" if rate else "–",
        f"{100 * rate / peak['gflops']:.0f} %" if rate else "–",
        f"{100 * limit(case, peak) / ours:.0f} %" if ours and limit(case, peak) else "–",
        f"{ratio(case):.2f}" if best and ours else "–",
    ]
    for key in keys:
        time = milliseconds(median(case["samples"].get(key)))
        cells.append(f"**{time}**" if best and key == best[0] else time)
    return "| " + " | ".join(cells) + " |"


def markdown(result):
    names, peak = result["contestants"], result["peak"]
    keys = [key for key in names if key != OURS]
    head = ["case", "linseed, ms", "GF/s", "of peak", "of limit", "best peer / linseed",
            *(names[key]["name"] + ", ms" for key in keys)]
    lines = [f"# {result['name']}", "", summary(result), "",
             "| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    lines += [row(name, case, keys, peak) for name, case in result["cases"].items()]
    lines += table("First step, s", "tracing or compiling, and one step", first_steps(result), keys,
                   names)
    lines += table("Memory, MB", "resident at most during steps, and in brackets what of it came "
                   "after the framework had been loaded", memory(result), keys, names)
    lines += ["", *notes(result)]
    return "\n".join(lines) + "\n"


def table(title, explanation, rows, keys, names):
    """Lines of a table {case: {contestant: text}}; none if it is empty."""
    if not rows:
        return []
    head = ["case", "linseed", *(names[key]["name"] for key in keys)]
    return ["", f"{title}: {explanation}.", "",
            "| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|",
            *("| " + " | ".join([name, *(cells.get(key, "–") for key in (OURS, *keys))]) + " |"
              for name, cells in rows.items())]


def first_steps(result):
    return {name: {key: f"{seconds:.3g}" for key, seconds in case["first"].items()}
            for name, case in result["cases"].items() if case["spec"]["kind"] == "training"}


def memory(result):
    return {name: {key: f"{peak['bytes'] / 1e6:.0f} ({(peak['bytes'] - peak['start']) / 1e6:.0f})"
                   for key, peak in case["memory"].items()}
            for name, case in result["cases"].items() if case.get("memory")}


def summary(result):
    machine, peak, settings = result["machine"], result["peak"], result["settings"]
    streams = ", ".join(f"{s['scale']:.0f} GB/s in {s['bytes'] / 2**20:g} MiB"
                        for s in peak["stream"])
    caches = ", ".join(f"{level} {size}" for level, size in machine["caches"].items())
    return (f"linseed {result['version']}, {machine['cpu']} ({caches}), "
            f"{settings['threads']} threads pinned, float32; median of {settings['repeats']} "
            f"turns. Peak with {peak['instructions']}: {peak['gflops']:.0f} GF/s; reading and "
            f"writing: {streams}.")


def notes(result):
    lines = [f"Absent, and so not compared with: {key}: {why}"
             for key, why in result["absent"].items()]
    lines += [f"{name}: {key} is absent: {why}" for name, case in result["cases"].items()
              for key, why in case["absent"].items()]
    for name, losses in result["losses"].items():
        verdicts = [f"{key} {'differs: ' if not l['same'] else ''}{l['first_difference']:.1e}, "
                    f"{l['difference']:.1e}"
                    for key, l in losses.items() if key != OURS]
        if verdicts:
            settings = result["settings"]
            lines.append(f"Losses of {name} from the same start, relative differences from "
                         f"linseed's, of the first (at most {settings['first_tolerance']:g}) and "
                         f"the largest in {len(losses[OURS]['losses'])} steps (at most "
                         f"{settings['tolerance']:g}): " + "; ".join(verdicts) + ".")
    return [f"- {line}" for line in lines]


def plot(result, path):
    """Each peer's time in units of ours; left of 1 the peer is faster."""
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    cases = {name: case for name, case in result["cases"].items() if case["samples"].get(OURS)}
    keys = [key for key in result["contestants"] if key != OURS]
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.22 * len(cases)))
    markers = "osD^v<>PX*"
    for key, marker in zip(keys, markers):
        points = [(median(case["samples"][key]) / median(case["samples"][OURS]), y)
                  for y, case in enumerate(cases.values()) if case["samples"].get(key)]
        if points:
            axes.plot(*zip(*points), marker, markersize=5, alpha=0.8,
                      label=result["contestants"][key]["name"])
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(cases)), cases, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("time of a peer / time of linseed (right of 1: linseed is faster)")
    axes.grid(axis="both", alpha=0.3)
    if keys:
        below = -1.2 / figure.get_figheight()
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, below), ncol=3)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
