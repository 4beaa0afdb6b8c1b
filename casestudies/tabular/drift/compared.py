"""What has moved since training, and what only looks like it: PSI of every column with what chance would reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from casestudies.tabular.bins import Bins
from casestudies.tabular.drift.psi import EPSILON, Floats, chance_limit, psi
from casestudies.tabular.drift.reference import Reference, Watched
from casestudies.tabular.drift.tally import Tally

_SMALL, _LARGE = 0.1, 0.25  # the trade's rule of thumb, which knows no sample size (Siddiqi 2017)
_OTHER = "rare or new values"
_DRAWS = 5_000
_TAIL = 10  # draws that shall lie beyond the limit


@dataclass(frozen=True)
class Drift:
    """One column's way from the training rows to later ones.

    Parameters
    ----------
    psi: population stability index, empty bins smoothed by half a row.
    limit: what two samples of these sizes from one population reach by chance. It is set for the whole report: at
        most `level` of the reports over rows that have not changed hold a single column above its limit.
    moved: `psi` is above `limit`.
    rule: what the rule of thumb calls it: below 0.1, from 0.1 to 0.25, above.
    bin: the one whose share contributes most; then, now: its share of the rows.
    """

    column: str
    psi: float
    limit: float
    moved: bool
    rule: Literal["small", "moderate", "large"]
    bin: str
    then: float
    now: float

    @property
    def where(self) -> str:
        """The bin that moved most, in words."""
        return f"{self.bin}: {100 * self.then:.1f} % then, {100 * self.now:.1f} % now"


def drift(reference: Reference, tally: Tally, *, level: float = 0.05, seed: int = 0) -> list[Drift]:
    """Every column that both have, and the score: first what has moved, the farthest first.

    The level is shared out over the columns (Sidak), so it holds for the report as a whole: exactly where columns are
    independent, with room to spare where they move together. Rows are taken as independent of each other.

    Parameters
    ----------
    level: the share of reports over unchanged rows that may raise an alarm.
    seed: of the draws that set the limits.
    """
    pairs = [(one, tally.counts[one.column]) for one in reference.columns]
    if reference.score is not None:
        pairs.append((reference.score, tally.score))
    there = [(one, counts) for one, counts in pairs if counts.sum() > 0 and one.counts.sum() > 0]
    if not there:
        return []
    each = 1.0 - (1.0 - level) ** (1.0 / len(there))
    draws = max(_DRAWS, int(np.ceil(_TAIL / each)))
    generator = np.random.default_rng([seed, len(there)])
    sizes = reference.effective, tally.effective
    told = [_one(one, counts, sizes, each, draws, generator) for one, counts in there]
    return sorted(told, key=lambda one: (not one.moved, -one.psi, one.column))


def absent(reference: Reference, tally: Tally) -> list[str]:
    """The watched columns that the later rows did not have."""
    return [one.column for one in reference.columns if not tally.counts[one.column].sum() > 0]


def _named(bins: Bins, place: int) -> str:
    """What a bin holds, in words; a level may be called "other" too."""
    return _OTHER if bins.groups is not None and place == len(bins.labels) - 2 else bins.labels[place]


def _one(
    watched: Watched,
    later: Floats,
    sizes: tuple[float, float],
    level: float,
    draws: int,
    generator: np.random.Generator,
) -> Drift:
    share_then, share_now = watched.counts / watched.counts.sum(), later / later.sum()
    then, now = (np.rint(size * share) for size, share in zip(sizes, (share_then, share_now), strict=True))
    value = float(psi(then, now))
    limit = chance_limit(then, now, level, generator, draws)
    p, q = ((rows + EPSILON) / (rows.sum() + EPSILON * len(rows)) for rows in (then, now))
    most = int(np.argmax((q - p) * np.log(q / p) * ((then > 0) | (now > 0))))
    return Drift(
        column=watched.column,
        psi=value,
        limit=limit,
        moved=bool(value > limit * (1 + 1e-9)),
        rule="small" if value < _SMALL else "moderate" if value <= _LARGE else "large",
        bin=_named(watched.bins, most),
        then=float(share_then[most]),
        now=float(share_now[most]),
    )
