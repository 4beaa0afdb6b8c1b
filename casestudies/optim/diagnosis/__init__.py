"""What a trace says about a fit, in words: the finding, its evidence, and what to do."""

from __future__ import annotations

from casestudies.optim.diagnosis.finding import Finding, courses
from casestudies.optim.diagnosis.fit import ill_conditioned, overfit, separable, underfit
from casestudies.optim.diagnosis.layers import dead_units, uneven_gradients
from casestudies.optim.diagnosis.optimum import not_converged, plateau, saddle
from casestudies.optim.diagnosis.stability import explosion, oscillation
from casestudies.optim.methods.base import State
from casestudies.optim.solve import Solution
from casestudies.optim.spectrum import Curved
from casestudies.optim.trace import Trace

__all__ = ["Finding", "diagnose"]


def diagnose(trace: Trace, solution: Solution[State], objective: Curved | None = None) -> list[Finding]:
    """Everything that is known to go wrong and did, most serious first; empty = nothing to report.

    Parameters
    ----------
    trace: whole, from the starting point on.
    objective: of a network: then its curvature at the solution is looked at too (some 40 passes over its rows), without
        which a saddle cannot be told from an optimum.
    """
    runs = courses(trace, solution)
    if not runs:
        return []
    first = runs[0]  # the methods without a certificate solve one problem
    dead = dead_units(first)
    found = (
        explosion(first),
        not_converged(runs),
        saddle(first, objective, solution.x) if objective is not None else None,
        plateau(first),
        oscillation(first, objective, solution.x),
        separable(runs),
        ill_conditioned(runs),
        dead,
        uneven_gradients(first) if dead is None else None,
        overfit(first),
        underfit(first),
    )
    return [finding for finding in found if finding is not None]
