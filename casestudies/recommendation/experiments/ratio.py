"""Did as many units land in each arm as were sent there? If not, the arms differ in more than what was tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import chi2

from casestudies.recommendation.experiments.experiment import Experiment
from casestudies.recommendation.experiments.holm import holm

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]

_FEW = 5.0  # expected units of an arm under which the chi-square distribution is not trusted (Cochran 1954)
_LISTED = 200_000  # possible counts that are gone through one by one; beyond, as many tests are drawn
_SLICES = 60  # days or values of a column that are looked at
_SMALL = 20  # units of a slice under which it cannot be wrong on its own
_NAMED = 4


@dataclass(frozen=True, eq=False)
class Ratio:
    """The sample ratio against the plan.

    Parameters
    ----------
    counts: (cells,) units seen. expected: (cells,) as planned.
    p_value: how often chance alone is as far from the plan. method: "chi-square", "exact" or "drawn".
    threshold: p value under which the ratio is wrong.
    """

    counts: Counts
    expected: Floats
    p_value: float
    method: str
    threshold: float

    @property
    def wrong(self) -> bool:
        return self.p_value < self.threshold


@dataclass(frozen=True)
class Slice:
    """A part of the units in which the ratio is wrong on its own.

    where: "day 2026-03-02" or "device ios". units: in it. arm: the one that is furthest from the plan.
    share, planned: its share in this part, and the planned one. p_value: corrected for all parts that were looked at.
    """

    where: str
    units: int
    arm: str
    share: float
    planned: float
    p_value: float


def sample_ratio(counts: Counts, shares: Floats, threshold: float = 0.001) -> Ratio:
    """The chi-square test of counts against planned shares; the exact multinomial one where an arm is small.

    The threshold is far below the usual 0.05: the check is made in every test, and a wrong ratio ends it.

    Parameters
    ----------
    counts: (cells,) units. shares: (cells,) above 0, summing to 1.

    Source: Fabijan et al. 2019, "Diagnosing sample ratio mismatch in online controlled experiments", KDD; the exact
    test adds the chances of all counts that are no likelier than those seen.
    """
    counts = np.asarray(counts, dtype=np.intp)
    total = int(counts.sum())
    expected = total * shares
    if (expected >= _FEW).all():
        distance = float(((counts - expected) ** 2 / expected).sum())
        return Ratio(counts, expected, float(chi2.sf(distance, len(counts) - 1)), "chi-square", threshold)
    if _ways(total, len(counts)) <= _LISTED:
        all_counts = np.array(list(_compositions(total, len(counts))))
        chance = np.exp(_log_chance(all_counts, shares))
        seen = np.exp(_log_chance(counts[None, :], shares))[0]
        return Ratio(counts, expected, float(min(1.0, chance[chance <= seen * (1 + 1e-9)].sum())), "exact", threshold)
    drawn = np.random.default_rng(0).multinomial(total, shares, size=_LISTED)
    as_far = _log_chance(drawn, shares) <= _log_chance(counts[None, :], shares)[0] + 1e-9
    return Ratio(counts, expected, (1 + int(as_far.sum())) / (1 + _LISTED), "drawn", threshold)


def wrong_slices(test: Experiment) -> list[Slice]:
    """Days and values of the `look` columns in which the ratio is wrong on its own (Holm over all looked at), worst first."""
    found: list[Slice] = []
    p_values: list[float] = []
    for where, rows in _slices(test):
        counts = np.bincount(test.cell[rows], minlength=len(test.shares))
        ratio = sample_ratio(counts, test.shares)
        worst = int(np.argmax(np.abs(counts - ratio.expected) / np.sqrt(ratio.expected)))
        units = int(counts.sum())
        found.append(
            Slice(where, units, test.cells[worst], counts[worst] / units, float(test.shares[worst]), ratio.p_value)
        )
        p_values.append(ratio.p_value)
    adjusted = holm(np.array(p_values))
    wrong = [
        Slice(one.where, one.units, one.arm, float(one.share), one.planned, float(p))
        for one, p in zip(found, adjusted, strict=True)
        if p < 0.01
    ]
    return sorted(wrong, key=lambda one: one.p_value)


def ratio_sentence(test: Experiment, ratio: Ratio, slices: list[Slice]) -> str:
    """What was seen against what was planned, and where to look if that is wrong."""
    worst = int(np.argmax(np.abs(ratio.counts - ratio.expected) / np.sqrt(ratio.expected)))
    seen = f"{ratio.counts[worst]:,} units in arm '{test.cells[worst]}' where {ratio.expected[worst]:,.0f} were planned"
    if not ratio.wrong:
        return f"Chance explains the sample ratio (p = {ratio.p_value:.2g}, {ratio.method}; wrong below {ratio.threshold:g})."
    head = (
        f"The sample ratio is wrong: {seen} (p = {ratio.p_value:.1g}, {ratio.method}). Some units were lost or sent by something "
        "else than chance, so the arms differ in more than what was tested, and there is no winner."
    )
    if slices:
        where = ", ".join(
            f"{one.where} ({100 * one.share:.1f} % in '{one.arm}', planned {100 * one.planned:.1f} %)"
            for one in slices[:_NAMED]
        )
        return f"{head} Look first at {where}."
    ways = [*([] if test.time is None else ["day"]), *test.look]
    if ways:
        return f"{head} No single {' or '.join(ways)} is to blame: look at how units are sent, counted and left out."
    advice = "give experiments.time and experiments.look (device, country, ...) to see in which days or segments it went wrong"
    return f"{head} If other shares were planned, write experiments.planned; else {advice}."


def _slices(test: Experiment) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Days first, then the values of each column, the most frequent of them."""
    columns = dict(test.look)
    if test.time is not None:
        days = (test.time - test.time % 86_400).astype("datetime64[s]").astype("datetime64[D]").astype(str)
        columns = {"day": days, **columns}
    for name, values in columns.items():
        levels, counts = np.unique(values, return_counts=True)
        for level in levels[np.argsort(-counts, kind="stable")[:_SLICES]]:
            rows = values == level
            if rows.sum() >= _SMALL and len(levels) > 1:
                yield f"{name} {level}", rows


def _ways(total: int, cells: int) -> float:
    """How many counts there can be: total + cells - 1 over cells - 1."""
    return float(np.exp(gammaln(total + cells) - gammaln(cells) - gammaln(total + 1)))


def _compositions(total: int, cells: int) -> Iterator[tuple[int, ...]]:
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, cells - 1):
            yield (first, *rest)


def _log_chance(counts: NDArray[np.intp], shares: Floats) -> Floats:
    """(n,) log of the multinomial chance of counts (n, cells)."""
    total = counts.sum(axis=1)
    return np.asarray(gammaln(total + 1) - gammaln(counts + 1).sum(axis=1) + counts @ np.log(shares))
