"""Times of one case by all contestants, in turns, so that what disturbs one disturbs all."""
import json
import sys
import time

from contestants import Absent

LONG, FEW = 2, 5  # a step of so many seconds is measured at most so often
SETTLE = 0.02  # seconds between turns, in which the threads of the last one stop to wait busily
WARM = 3  # before n steps, n / 3 are not counted: threads that slept get going as in a long run


class Turns:
    """The contestants that are ready for a case, and why the others are not."""

    def __init__(self, contestants, case, initial):
        """Opens the case. Ours comes first: it writes the initial values that the others read, to
        the folder `initial`."""
        self.name = case["name"]
        self.failed = {}
        self.present = list(contestants)
        spec = json.dumps(case["spec"] | ({"initial": str(initial)} if initial else {}))
        opened = self.each("open", lambda contestant: (spec,))
        # {key: seconds of the first step}, in which most trace or compile
        self.first = {c.key: float(f"{taken:.3g}") for c, taken in opened.items()}

    def ask(self, contestant, command, *words):
        """The answer, or None from one that cannot, which is then out of it."""
        try:
            return contestant.ask(command, self.name, *words)
        except Absent as why:
            print(f"  {contestant.key}: absent: {why}", file=sys.stderr)
            self.failed[contestant.key] = str(why)
            self.present = [other for other in self.present if other is not contestant]

    def each(self, command, words=lambda contestant: ()):
        """{contestant: answer} of those that have one."""
        answers = {c: self.ask(c, command, *words(c)) for c in list(self.present)}
        return {c: answers[c] for c in self.present}

    def seconds(self, repeats, slice_seconds):
        """{key: [seconds of a step]}, each a mean over a slice of time."""
        steps, shortest = self.plan_steps(slice_seconds)
        if shortest > LONG:
            repeats = min(repeats, FEW)
        samples = {contestant: [] for contestant in self.present}
        for turn in range(repeats):
            first = turn % max(1, len(self.present))
            for contestant in self.present[first:] + self.present[:first]:
                n = steps[contestant]
                time.sleep(SETTLE)
                taken = self.ask(contestant, "run", max(1, n // WARM) if n > 1 else 0, n)
                if taken is not None:
                    samples[contestant].append(float(f"{taken / n:.5g}"))
        return {contestant.key: samples[contestant] for contestant in self.present}

    def plan_steps(self, slice_seconds):
        """{contestant: how many steps fill a slice}, at least 1; seconds of the shortest step."""
        once = {c: self.first[c.key] for c in self.present}
        if min(once.values(), default=0) <= LONG:
            once = self.each("run", lambda contestant: (0, 1))
        shortest = min(once.values(), default=0)
        if shortest > slice_seconds:
            return dict.fromkeys(once, 1), shortest
        few = {c: max(1, int(slice_seconds / seconds / 4)) for c, seconds in once.items()}
        taken = self.each("run", lambda contestant: (0, few[contestant]))
        steps = {c: max(1, round(slice_seconds * few[c] / s)) for c, s in taken.items()}
        return steps, shortest

    def losses(self, steps, first_tolerance, tolerance):
        """{key: {"losses", "first_difference", "difference", "same"}}: the relative difference from
        ours, who is first, of the loss before any update, and the largest of all."""
        losses = self.each("losses", lambda contestant: (steps,))
        ours = next(iter(losses.values()))
        results = {}
        for contestant, values in losses.items():
            differences = [abs(a - b) / abs(b) for a, b in zip(values, ours)]
            same = differences[0] <= first_tolerance and all(d <= tolerance for d in differences)
            results[contestant.key] = {"losses": values, "first_difference": differences[0],
                                       "difference": max(differences), "same": same}
        return results

    def close(self):
        self.each("close")
