"""Finished runs laid beside each other: how far their figures lie apart, and whether that is more than luck.

Where both judged the same rows, their figures are resampled on the same draws, so what is hard about a draw cancels and
the interval of a difference is narrow. Where they did not, each is resampled by itself, and the interval says so by its
width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.errors import RunError, UsageError
from casestudies.metrics.intervals import Interval, percentile
from casestudies.runs import RunFolder, State, compare
from casestudies.workflow.judgements import Judgements, Resampled, Resampling
from casestudies.workflow.same_rows import Places, rows_of_both
from casestudies.workflow.studies import Study, Told, study_of

MOST = 6  # runs beside each other: as many as a chart has lines that can be told apart
_ENOUGH = 0.5  # of either run's rows that must be the other's too


@dataclass(frozen=True)
class Difference:
    """One figure of two runs.

    Parameters
    ----------
    first, second: each run's own figure. difference: second less first. higher_is_better: as in `Resampled`.
    """

    metric: str
    title: str
    unit: str
    higher_is_better: bool | None
    first: Interval
    second: Interval
    difference: Interval

    @property
    def verdict(self) -> str:
        """Of the second: better, worse, higher, lower, same, or "cannot be told apart"; "" where there is no interval."""
        low, high = self.difference.low, self.difference.high
        if np.isnan(low):
            return ""
        if low == high == 0.0:
            return "same"
        if low <= 0.0 <= high:
            return "cannot be told apart"
        higher = self.difference.value > 0
        if self.higher_is_better is None:
            return "higher" if higher else "lower"
        return "better" if higher == self.higher_is_better else "worse"


@dataclass(frozen=True)
class Pair:
    """Two runs and their differences.

    Parameters
    ----------
    paired: whether the same rows judged both. rows: judged by the first, by the second, and by both.
    sentences: which rows these are, and what is left out and why.
    """

    first: str
    second: str
    paired: bool
    rows: tuple[int, int, int]
    sentences: tuple[str, ...]
    differences: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values; a figure that is undefined is None."""

        def entry(found: Interval) -> dict[str, float | None]:
            ends = {"value": found.value, "low": found.low, "high": found.high}
            return {key: None if np.isnan(value) else value for key, value in ends.items()}

        return {
            "runs": [self.first, self.second],
            "paired": self.paired,
            "rows": dict(zip(("first", "second", "both"), self.rows, strict=True)),
            "sentences": list(self.sentences),
            "differences": {
                one.metric: {
                    "title": one.title,
                    "unit": one.unit,
                    "first": entry(one.first),
                    "second": entry(one.second),
                    "difference": entry(one.difference),
                    "verdict": one.verdict,
                }
                for one in self.differences
            },
        }


@dataclass(frozen=True, eq=False)
class Member:
    """One run of a comparison. judgements: None where its folder keeps no judged rows."""

    run: RunFolder
    study: Study
    told: Told
    judgements: Judgements | None


@dataclass(frozen=True, eq=False)
class Compared:
    """Runs of one study; every other is compared with the first.

    Parameters
    ----------
    config, metrics: what differs, as `casestudies.runs.compare` gives it.
    """

    members: tuple[Member, ...]
    pairs: tuple[Pair, ...]
    config: dict[str, dict[str, Any]]
    metrics: dict[str, dict[str, Any]]

    def lettered(self) -> dict[str, Member]:
        """A, B, C, ...: names short enough for the head of a table."""
        return dict(zip(ascii_uppercase, self.members, strict=False))

    def to_dict(self) -> dict[str, Any]:
        return {
            "runs": [member.run.id for member in self.members],
            "config": self.config,
            "metrics": self.metrics,
            "pairs": [pair.to_dict() for pair in self.pairs],
        }


def compared(runs: Sequence[RunFolder]) -> Compared:
    """Lay finished runs beside each other.

    Raises
    ------
    UsageError: fewer than two, one named twice, more than can be told apart, or of several studies.
    RunError: one is not finished, or its files are missing or damaged.
    """
    _check(runs)
    members = tuple(_member(run) for run in runs)
    told = compare(list(runs))
    pairs = tuple(differences(members[0], other) for other in members[1:])
    return Compared(members, pairs, told["config"], told["metrics"])


def _check(runs: Sequence[RunFolder]) -> None:
    names = [run.id for run in runs]
    if len(set(names)) < max(2, len(names)):
        raise UsageError("a comparison is of two runs or more, each named once", advice="name another run")
    if len(names) > MOST:
        raise UsageError(f"{len(names)} runs cannot be told apart side by side", advice=f"name at most {MOST}")
    for run in runs:
        if run.state != State.DONE:
            raise RunError(f"is {run.state}", where=run.id, advice="compare runs that are done")
        if run.study != runs[0].study:
            what = f"is a run of {run.study}, and {names[0]} one of {runs[0].study}"
            raise UsageError(what, where=run.id, advice="compare runs of one study")


def _member(run: RunFolder) -> Member:
    study = study_of(run)
    told = study.findings(run, study)
    return Member(run, study, told, study.judgements(told))


def differences(first: Member, second: Member) -> Pair:
    """Every figure that both runs have, with intervals: of each, and of the difference."""
    a, b, names = first.judgements, second.judgements, (first.run.id, second.run.id)
    if a is None or b is None:
        which = names[0] if a is None else names[1]
        return Pair(*names, False, (0, 0, 0), (f"{which} keeps no judged rows, so nothing can be resampled.",), ())
    settings = first.told.settings
    return beside(names, a, b, Resampling(settings.interval.rounds, settings.interval.level, settings.seed))


def beside(names: tuple[str, str], a: Judgements, b: Judgements, how: Resampling) -> Pair:
    """The second beside the first: paired on the rows that both judged where these are at least half of either's, else two samples."""
    shared = rows_of_both(a, b)
    paired = min(len(shared[0]) / len(a.outcome), len(shared[0]) / len(b.outcome)) >= _ENOUGH
    if paired:
        group = _group(a, shared[0], b, shared[1])
        one, other = a.figures(shared[0], group, how), b.figures(shared[1], group, how)
    else:
        apart = Resampling(how.rounds, how.level, how.seed + 1)  # draws that know nothing of the first's
        one = a.figures(np.arange(len(a.outcome)), a.group, how)
        other = b.figures(np.arange(len(b.outcome)), b.group, apart)
    sentences = [_rows_said(a, b, len(shared[0]), paired)]
    both = [name for name in one if name in other]
    if a.prices != b.prices:
        both = [name for name in both if not one[name].money]
        sentences.append("The two runs have different prices, so figures in money are not compared.")
    found = tuple(_difference(name, one[name], other[name], how.level) for name in both)
    return Pair(*names, paired, (len(a.outcome), len(b.outcome), len(shared[0])), tuple(sentences), found)


def _group(a: Judgements, at: Places, b: Judgements, beside: Places) -> NDArray[Any] | None:
    """What must not be split apart on rows that both judged: as the first says, else as the second."""
    if a.group is not None:
        return np.asarray(a.group[at])
    return None if b.group is None else np.asarray(b.group[beside])


def _rows_said(a: Judgements, b: Judgements, shared: int, paired: bool) -> str:
    rows = f"{shared:,} {a.what}"
    if paired and shared == len(a.outcome) == len(b.outcome):
        return f"Both runs were judged on the same {rows}: the differences are paired."
    if paired:
        counts = f"{len(a.outcome):,} of the one and {len(b.outcome):,} of the other"
        return f"The figures here are of the {rows} that both runs judged, of {counts}: the differences are paired."
    counts = f"{len(a.outcome):,} and {len(b.outcome):,}"
    said = f"The runs were judged on different {a.what} ({counts}), so their differences are those of two samples"
    if shared:
        return f"{said}; {rows} are in both, which makes the intervals too wide rather than too narrow."
    return f"{said} and their intervals are wider than those of a paired comparison."


def _difference(name: str, a: Resampled, b: Resampled, level: float) -> Difference:
    first, second = (percentile(one.value, one.draws, level, one.undefined) for one in (a, b))
    apart = percentile(b.value - a.value, b.draws - a.draws, level, a.undefined)
    return Difference(name, a.title, a.unit, a.higher_is_better, first, second, apart)
