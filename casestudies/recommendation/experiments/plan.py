"""A test against its plan: the shares that arms were to have, combinations that were never run, arms too small to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.recommendation.experiments.experiment import Experiment, Factor

Floats = NDArray[np.float64]

_LEAST = 2  # units of an arm; one has no spread
_CELLS = 32


def planned_shares(planned: Mapping[str, Mapping[str, float]], factors: Sequence[Factor]) -> dict[str, Floats]:
    """{factor: (levels,) planned shares} in the order of its levels.

    Raises
    ------
    ConfigError: a factor or level that is not there, one without a share, shares that do not sum to 1.
    """
    named = {factor.name: factor for factor in factors}
    out = {}
    for name, shares in planned.items():
        where = f"experiments.planned.{name}"
        if name not in named:
            raise ConfigError(f"{shown(name)} is none of the columns of arms", where=where, advice=nearest(name, named))
        levels = named[name].levels
        wanted = {str(level): share for level, share in shares.items()}
        wrong = [level for level in wanted if level not in levels]
        lacking = [level for level in levels if level not in wanted]
        if wrong or lacking:
            what = f"{shown(wrong[0])} is no arm" if wrong else f"{shown(lacking[0])} has no share"
            raise ConfigError(what, where=where, advice=f"give a share to each of {', '.join(map(shown, levels))}")
        values = np.array([wanted[level] for level in levels], dtype=np.float64)
        if (values <= 0).any() or abs(values.sum() - 1.0) > 1e-6:
            what = f"the shares sum to {values.sum():g}"
            raise ConfigError(what, where=where, advice="write shares above 0 that sum to 1")
        out[name] = values
    return out


def usable(test: Experiment, where: str) -> Experiment:
    """The same test, as arms of one factor where some combinations were never run.

    Raises
    ------
    DataError: an arm that is too small, too many arms, an outcome that never varies.
    """
    if not len(test):
        raise DataError("no unit has an outcome", where=where, advice="name the outcome, or wait for it")
    if len(test.counts) > _CELLS:
        what = f"the arms make {len(test.counts)} combinations; the limit is {_CELLS}"
        raise DataError(what, where=where, advice="name fewer columns in experiments.arms")
    if len(test.factors) > 1 and (test.counts == 0).any():
        test = _as_arms(test)
    small = np.flatnonzero(test.counts < _LEAST)
    if len(small):
        at = small[0]
        what = f"arm {shown(test.cells[at])} has {_units(int(test.counts[at]))}"
        raise DataError(what, where=where, advice="leave its rows out, or wait until each arm has at least two units")
    if np.ptp(test.y) == 0:
        what = f"is {test.y[0]:g} for every unit, so there is nothing to compare"
        raise DataError(what, where=f"{where}, column {test.outcome}", advice="name the outcome, or wait for it")
    return test


def _as_arms(test: Experiment) -> Experiment:
    """The combinations that were run as levels of one factor; shares are then those planned among them."""
    ran = np.flatnonzero(test.counts)
    place = np.full(len(test.counts), -1)
    place[ran] = np.arange(len(ran))
    shares = test.shares[ran] / test.shares[ran].sum()
    never = ", ".join(shown(test.cells[at]) for at in np.flatnonzero(test.counts == 0)[:3])
    name = " and ".join(factor.name for factor in test.factors)
    return replace(
        test,
        factors=(Factor(name, tuple(test.cells[at] for at in ran)),),
        level=place[test.cell][:, None],
        planned={name: shares},
        notes=(*test.notes, f"No unit is in {never}, so the combinations are compared as arms of one factor."),
    )


def _units(count: int) -> str:
    return "no unit" if count == 0 else "1 unit" if count == 1 else f"{count} units"
