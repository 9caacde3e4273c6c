"""Plots of how the time of a step grows with one thing at a time, with the limit drawn in."""
from report import OURS, limit, median


def series(result):
    """{axis: [(value, seconds, least seconds)]} of the cases that say on which axis they lie."""
    found = {}
    for case in result["cases"].values():
        axis = case["spec"].get("axis")
        if axis and case["samples"].get(OURS):
            found.setdefault(axis, []).append(
                (case["spec"]["value"], median(case["samples"][OURS]), least(case, result)))
    return found


def least(case, result):
    """The limit, of as many threads as the case has."""
    axis, value = case["spec"]["axis"], case["spec"]["value"]
    return limit(case, result["peak_of"][str(value)] if axis == "threads" else result["peak"])


def plot(result, path):
    """Whether there was something to plot."""
    lines = series(result)
    if not lines:
        return False
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(lines), figsize=(3.2 * len(lines), 3.4), squeeze=False)
    for (axis, points), panel in zip(lines.items(), panels[0]):
        values, seconds, limits = zip(*points)
        panel.loglog(values, [1e3 * s for s in seconds], "o-", label="linseed")
        panel.loglog(values, [1e3 * s for s in limits], "k--", label="limit")
        panel.set_xticks(values, values, fontsize=7)
        panel.minorticks_off()
        panel.set_xlabel(axis)
        panel.grid(alpha=0.3)
        panel.set_ylim(bottom=min(1e3 * s for s in limits) / 1.5)
    panels[0][0].set_ylabel("ms for a training step")
    panels[0][0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return True
