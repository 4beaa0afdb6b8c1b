"""Over time: have the rows changed since training, do the decisions still pay, and what later batches are held against.

Out of time, later rows are compared with those that trained. Rows drawn at random cannot drift, so without dates only
the reference is kept, for the rows that are scored one day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.models.scorecard.card import Card
from casestudies.tabular.drift import SCORE, Drift, Reference, Tally, absent, csi, csi_limit, drift, psi
from casestudies.tabular.split import Split
from casestudies.workflow.compare import Comparison, Judged, Sample
from casestudies.workflow.load import Loaded
from casestudies.workflow.periods import periods_told
from casestudies.workflow.table_settings import TableSettings

Special = Mapping[str, Sequence[float]]
_LEVEL = 0.05  # of reports over unchanged rows that may raise an alarm
_FEW = 30  # later rows below which nothing is said


@dataclass(frozen=True, eq=False)
class _Answers:
    """(rows,) the champion's probability by models that did not see the row, nan where there is none; and decision."""

    p: NDArray[np.float64]
    act: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.intp]:
        return np.flatnonzero(~np.isnan(self.p))

    def judged(self, rows: NDArray[np.intp]) -> Judged:
        return Judged(self.p[rows], self.act[rows])


def reference_of(loaded: Loaded, sample: Sample, comparison: Comparison, special: Special | None = None) -> Reference:
    """What rows to be scored later are held against: all rows, since the saved model is fitted on all.

    Parameters
    ----------
    special: {column: values with a bin of their own}, e.g. codes such as -9.
    """
    answers = _answers(sample, comparison)
    return _reference(loaded, sample, answers, answers.known, special)


def drift_told(
    loaded: Loaded,
    sample: Sample,
    split: Split,
    comparison: Comparison,
    settings: TableSettings,
    card: Card | None = None,
    special: Special | None = None,
) -> dict[str, Any]:
    """What analysis/drift.json says.

    Parameters
    ----------
    card: a scorecard fitted on the first training part; each of its characteristics is told in points.
    special: {column: values with a bin of their own}.

    Returns
    -------
    {"time": the column or None, "sentence": what is compared, "level": share of false alarms a report, "rows":
    [then, now], "drift": one entry a column, "card": one a characteristic, "periods": as `periods_told`}. Without a
    time column all but the sentence is empty.
    """
    time = loaded.column("time")
    if time is None:
        sentence = (
            "No column of dates is named (data.time), so the rows are judged in no order of time and nothing can be "
            "said about drift. How the training rows are spread is kept with the model: predict holds new rows against it."
        )
        return {"time": None, "sentence": sentence, "level": _LEVEL, "drift": [], "card": [], "periods": None}
    when, answers = loaded.checked.frame[time], _answers(sample, comparison)
    earlier, later, sentence = _sides(when, split, comparison, answers, settings.split.test)
    reference = _reference(loaded, sample, answers, earlier, special)
    tally = Tally(reference)
    tally.add(sample.frame.iloc[later], answers.p[later], sample.weight[later])
    rows, out_of_time = comparison.rows, split.kind == "time"
    before = (sample.take(earlier), answers.judged(earlier)) if out_of_time else None
    judged = comparison.judged[comparison.choice.champion]
    return {
        "time": loaded.checked.sources[time],
        "sentence": sentence,
        "level": _LEVEL,
        "rows": [len(earlier), len(later)],
        "drift": [_plain(one) for one in drift(reference, tally, level=_LEVEL, seed=settings.seed)],
        "card": [] if card is None else _points(card, sample, earlier, later),
        "periods": periods_told(when.iloc[rows], sample.take(rows), judged, settings, before),
    }


def batch_drift(
    reference: Reference, tally: Tally, *, level: float = _LEVEL, seed: int = 0
) -> tuple[list[str], list[dict[str, Any]]]:
    """Rows that were just scored, held against the training rows.

    Parameters
    ----------
    reference: of the run folder (`Reference.from_dict` of analysis/reference.json).
    tally: `Tally(reference)`, to which each piece of the batch was added: `tally.add(frame, p)`.

    Returns
    -------
    sentences for people, and rows for a table: column, psi, limit, moved, rule, bin, then, now, where.
    """
    if tally.rows < _FEW:
        return [f"{tally.rows} rows are too few to say whether they have drifted from the training rows"], []
    found = drift(reference, tally, level=level, seed=seed)
    moved = [one for one in found if one.moved]
    gone = absent(reference, tally)
    said = [f"not compared with training, because the file lacks them: {', '.join(gone)}"] if gone else []
    whole = f"{tally.rows:,} rows against {reference.rows:,} training rows"
    if not moved:
        said.insert(0, f"no drift beyond chance in {len(found)} columns: {whole}")
    else:
        said.insert(
            0,
            f"{len(moved)} of {len(found)} columns {'has' if len(moved) == 1 else 'have'} moved by more than chance: {whole}",
        )
        said[1:1] = [f"{one.column} has moved (PSI {one.psi:.3f}, {one.rule}; {one.where})" for one in moved[:5]]
    return said, [_plain(one) for one in found]


def _answers(sample: Sample, comparison: Comparison) -> _Answers:
    """The champion on the judged rows, and cross-fitted on the training rows of a part that was held out."""
    champion = comparison.choice.champion
    judged, trained = comparison.judged[champion], comparison.trained[champion]
    p, act = np.full(len(sample.y), np.nan), np.zeros(len(sample.y), dtype=bool)
    if len(comparison.parts) == 1:
        rows = comparison.parts[0][0]
        costs = None if sample.costs is None else sample.costs.take(rows)
        p[rows] = trained.calibration.probability
        act[rows] = trained.decider.act(p[rows], costs)
    p[comparison.rows], act[comparison.rows] = judged.p, judged.act
    return _Answers(p, act)


def _sides(
    when: pd.Series, split: Split, comparison: Comparison, answers: _Answers, share: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], str]:
    """Positions of the earlier rows and of the later ones, and which they are."""
    if split.kind == "time":
        return (
            split.train,
            comparison.rows,
            "Out of time: the later rows were seen by no model; the earlier ones trained.",
        )
    known = answers.known
    values = when.iloc[known]
    cut = values.sort_values().iloc[int(len(known) * (1 - share))]
    late = (values >= cut).to_numpy() & values.notna().to_numpy()
    sentence = (
        "The split does not follow time, so models have seen rows of every period: the figures by period say how steady "
        f"the decisions are, not how they age. Drift compares the latest {100 * late.mean():.0f} % of the rows with those before."
    )
    return known[~late & values.notna().to_numpy()], known[late], sentence


def _reference(
    loaded: Loaded, sample: Sample, answers: _Answers, rows: NDArray[np.intp], special: Special | None
) -> Reference:
    frame, weight = sample.frame.iloc[rows], sample.weight[rows]
    return Reference.of(frame, loaded.checked.kinds, answers.p[rows], weight, special)


def _points(card: Card, sample: Sample, earlier: NDArray[np.intp], later: NDArray[np.intp]) -> list[dict[str, Any]]:
    """How far the mean row has moved in each characteristic of the card, in points, and how far chance would move it."""
    each = 1.0 - (1.0 - _LEVEL) ** (1.0 / max(len(card.characteristics), 1))
    told = []
    for one in card.characteristics:
        then, now = (
            _effective(one.bins.codes(sample.frame.iloc[r]), sample.weight[r], one.points) for r in (earlier, later)
        )
        shift, limit = csi(then, now, one.points), csi_limit(then, now, one.points, each)
        entry = {"characteristic": one.name, "psi": float(psi(then, now)), "points": shift, "limit": limit}
        told.append(entry | {"moved": abs(shift) > limit})
    return sorted(told, key=lambda entry: (not entry["moved"], -abs(entry["points"]), entry["characteristic"]))


def _effective(
    codes: NDArray[np.intp], weight: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(bins,) rows in each bin, scaled so that they add up to the effective number of rows."""
    return np.bincount(codes, weight, len(points)) * weight.sum() / (weight @ weight)


def _plain(one: Drift) -> dict[str, Any]:
    return {**asdict(one), "where": one.where}


__all__ = ["SCORE", "batch_drift", "drift_told", "reference_of"]
