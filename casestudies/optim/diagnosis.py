"""What a trace says about a fit, in words: the finding, its evidence, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casestudies.optim.arrays import Array, Mask
from casestudies.optim.methods.base import State
from casestudies.optim.reasons import Reason
from casestudies.optim.solve import Solution
from casestudies.optim.trace import Trace

_ILL = 1e8  # beyond it the flattest direction keeps fewer than half of a double's 16 digits
_MANY = 200  # products in one step: a good preconditioner needs a handful


@dataclass(frozen=True)
class Finding:
    """code: stable, for programs. The rest are sentences for people."""

    code: str
    what: str
    evidence: str
    advice: str


def diagnose(trace: Trace, solution: Solution[State]) -> list[Finding]:
    """Everything that is known to go wrong and did, most serious first; empty = nothing to report."""
    last = _last(trace, len(solution.reasons))
    found = (_not_converged(trace, solution, last), _separable(trace, len(solution.reasons)), _ill_conditioned(last))
    return [finding for finding in found if finding is not None]


def _not_converged(trace: Trace, solution: Solution[State], last: dict[str, Array]) -> Finding | None:
    missed = np.array([reason is not Reason.CONVERGED for reason in solution.reasons])
    if not missed.any():
        return None
    worst = int(np.argmax(np.where(missed, last["suboptimality"], -1.0)))
    path = trace.of(worst)["suboptimality"]
    evidence = (
        f"after {last['step'][worst]:.0f} steps the value is an estimated {path[-1]:.1e} of itself above the best one"
    )
    gained = np.log10(path[-3] / path[-1]) / 2 if len(path) > 3 and path[-1] > 0 else np.nan
    if np.isfinite(gained):
        evidence += f"; the last steps took off {gained:.1f} decades each"
    return Finding(
        "not_converged",
        f"The fit ended before the optimum. {solution.reasons[worst]}",
        evidence + _count(missed),
        "Allow more steps; if that does not help, look for columns of extreme values or strengthen the penalty.",
    )


def _separable(trace: Trace, problems: int) -> Finding | None:
    table = trace.columns()
    clean = table["misfits"] == 0  # at any step: one pair of sides without a row on the wrong one proves it
    apart = np.isin(np.arange(problems), table["problem"][clean])
    if not apart.any():
        return None
    step = table["step"][clean][0]
    return Finding(
        "separable",
        "The columns separate the two outcomes perfectly, so the rows alone would push the coefficients outward for "
        "ever: only a penalty can hold them.",
        f"step {step:.0f} left no row on the wrong side" + _count(apart),
        "Look for a column known only after the outcome; with few rows, use fewer columns or a stronger penalty.",
    )


def _ill_conditioned(last: dict[str, Array]) -> Finding | None:
    poor = (last["condition"] > _ILL) | (last["products"] >= _MANY)
    if not poor.any():
        return None
    worst = int(np.argmax(np.where(poor, np.nan_to_num(last["condition"]), -1.0)))
    evidence = (
        f"the curvature differs {last['condition'][worst]:.0e}-fold between directions, each column in its own scale"
        if last["condition"][worst] > _ILL
        else f"the last step took {last['products'][worst]:.0f} conjugate-gradient products"
    )
    return Finding(
        "ill_conditioned",
        "Some columns nearly repeat others, so their coefficients can be exchanged without the fit noticing.",
        evidence + _count(poor),
        "Drop or merge columns that say the same, or strengthen the penalty.",
    )


def _last(trace: Trace, problems: int) -> dict[str, Array]:
    """The last row of each problem: (problems,) each."""
    table = trace.columns()
    rows = np.array([np.flatnonzero(table["problem"] == problem)[-1] for problem in range(problems)])
    return {name: column[rows] for name, column in table.items()}


def _count(affected: Mask) -> str:
    return "" if affected.size == 1 else f" ({np.count_nonzero(affected)} of {affected.size} problems)"
