"""One table, one problem, many solvers: seconds, memory and accuracy side by side, and what was asked beside what was found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.optim.accuracy import gaps, objectives
from benchmarks.optim.data import Floats, write
from benchmarks.optim.running import Measured, Solver, measure

OURS = "benchmarks.optim.ours"
_EXACT = 1e-13  # tolerance of the run of our own that nobody is timed with
TIMES_OURS, AT_LEAST = 30.0, 60.0  # a peer is stopped at so many times our CPU seconds, but not before so many seconds
_LONG = 10.0  # CPU seconds; what takes less is measured in a second round as well
Table = dict[str, Any]


@dataclass(frozen=True)
class Goal:
    """At least `least` times less CPU than the fastest solver of a library (at most `gap` off, in its worst fit)."""

    library: str
    least: float
    stretch: float | None = None
    gap: float = np.inf
    solver: str = ""  # only the one of this name


@dataclass(frozen=True)
class Comparison:
    """What was measured; `gaps[i]` are the (fits, Cs) gaps of `results[i]`, None where there are no coefficients."""

    caption: str
    results: Sequence[Measured]
    gaps: Sequence[Floats | None]

    @property
    def ours(self) -> int:
        return next(place for place, result in enumerate(self.results) if result.solver.module == OURS)

    @property
    def versions(self) -> dict[str, str]:
        """Of the peers, by name."""
        found = {}
        for result in self.results:
            if result.versions and result.solver.module != OURS:
                (name, version), *others = result.versions.items()
                found[name] = f"{version} (with {', '.join(' '.join(other) for other in others)})"
        return found

    def table(self) -> Table:
        ours = self.results[self.ours].cpu
        rows = []
        for result, gap in sorted(zip(self.results, self.gaps, strict=True), key=lambda pair: pair[0].cpu):
            many = result.cpu / ours
            rows.append(
                [
                    f"**{result.solver.name}**" if result.solver.module == OURS else result.solver.name,
                    seconds(result.cpu) if gap is not None else result.failure,
                    seconds(result.wall),
                    "1" if result.solver.module == OURS else f"{'' if gap is not None else '> '}{many:.1f}",
                    "" if gap is None else f"{np.median(gap):.1e}",
                    "" if gap is None else f"{gap.max():.1e}",
                    "" if gap is None else f"{result.peak:.0f}",
                    ", ".join(result.warnings),
                ]
            )
        head = ["solver", "CPU s", "wall s", "times our CPU", "median gap", "worst gap", "peak MB", "warned"]
        return {"caption": self.caption, "head": head, "rows": rows}

    def verdict(self, goals: Sequence[Goal]) -> Table:
        """Each goal beside what was found."""
        rows = [self._judged(goal) for goal in goals]
        return {
            "caption": f"{self.caption}: asked and found",
            "head": ["less CPU than", "at least", "stretch", "found", "met"],
            "rows": rows,
        }

    def _judged(self, goal: Goal) -> list[str]:
        module = goal.library.replace("scikit-learn", "sklearn")
        able = []
        for result, gap in zip(self.results, self.gaps, strict=True):
            if not result.solver.module.endswith(module) or goal.solver not in ("", result.solver.name):
                continue
            if gap is not None and gap.max() <= goal.gap:
                able.append((result.cpu, "", result.solver.name))
            elif gap is None and np.isfinite(result.cpu):
                able.append((result.cpu, "> ", result.solver.name))  # it was stopped: it takes longer than that
        who = f"{goal.library}'s fastest" if not goal.solver else goal.solver
        who += f" with a worst gap ≤ {goal.gap:.0e}" if np.isfinite(goal.gap) else ""
        asked = [who, f"{goal.least:g}x", f"{goal.stretch:g}x" if goal.stretch else ""]
        if not able:
            return [*asked, "nobody got there", ""]
        cpu, mark, name = min(able)
        many = cpu / self.results[self.ours].cpu
        own = self.gaps[self.ours]
        exact = own is not None and own.max() <= 1e-8
        met = "no, our gap is above 1e-8" if not exact else "yes" if many >= goal.least else "no"
        if exact and goal.stretch and many >= goal.stretch:
            met = "yes, and the stretch"
        return [*asked, f"{mark}{many:.1f}x ({name})", met]


def compare(
    caption: str,
    X: Any,
    y: Any,
    folds: Any,
    Cs: Floats,
    solvers: Sequence[Solver],
    *,
    l1_ratio: float = 0.0,
    forms: Mapping[str, Any] | None = None,
) -> Comparison:
    """Every solver on the same rows, our own first; the short ones a second time when all have had their turn.

    Parameters
    ----------
    X: (rows, features) in which the objective is computed.
    solvers: ours first.
    forms: other forms of the same table by name, which a solver asks for with the option `form`; "" = X itself.
    """
    with tempfile.TemporaryDirectory() as name:
        folders = {
            form: write(Path(name) / (form or "table"), held, y, folds)
            for form, held in {"": X, **(forms or {})}.items()
        }
        results = list(_round(solvers, folders, Cs))
        again = [result.solver for result in results if result.coefficients is not None and result.cpu < _LONG]
        for later in _round(again, folders, Cs):
            place = next(i for i, result in enumerate(results) if result.solver == later.solver)
            if later.cpu < results[place].cpu:
                results[place] = later
        ours = replace(solvers[0], options={**solvers[0].options, "tol": _EXACT})
        exact = measure(ours, folders[ours.form], Cs)
    found = [result.coefficients for result in (*results, exact) if result.coefficients is not None]
    off = iter(gaps([objectives(X, y, folds, Cs, W, l1_ratio=l1_ratio) for W in found]))
    return Comparison(caption, results, [None if result.coefficients is None else next(off) for result in results])


def seconds(value: float) -> str:
    """Three digits."""
    return f"{value:.{3 if value < 1 else 2 if value < 10 else 1}f}" if np.isfinite(value) else ""


def _round(solvers: Sequence[Solver], folders: Mapping[str, Path], Cs: Floats) -> Iterator[Measured]:
    """Each once, in a process of its own; a peer that was stopped is not asked for more accuracy."""
    limit, stopped = AT_LEAST, set()
    for solver in solvers:
        kind = solver.module, solver.options.get("solver"), solver.form
        if kind in stopped:
            continue
        if solver.module != OURS and not solver.limit:
            solver = replace(solver, limit=limit)
        result = measure(solver, folders[solver.form], Cs)
        print(f"  {solver.name}: {result.failure or seconds(result.cpu) + ' CPU s'}", flush=True)
        if solver.module == OURS:
            limit = max(AT_LEAST, TIMES_OURS * result.cpu)
        if result.coefficients is None:
            stopped.add(kind)
        yield result
