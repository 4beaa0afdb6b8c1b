"""Groups of customers that people can talk about: who they are in words, what is at stake, and what the list earns there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.churn.arms import numbers_of
from casestudies.errors import ConfigError
from casestudies.metrics.sums import sum_intervals
from casestudies.models.segments import STABLE, Difference, apart, banded, clustered
from casestudies.workflow.compare import Judged, Sample

if TYPE_CHECKING:
    from casestudies.churn.asking import SegmentSettings
    from casestudies.workflow.analyses import Work

Floats = NDArray[np.float64]

VALUE, RISK, TENURE = "value", "risk", "tenure_months"
_MOST_GROUPS = 12  # lines of the table; the smallest groups beyond are told together
_FEW = 30  # customers; of fewer nothing is said
_PARTS, _ALSO = 3, 2  # words of a name, and of what else sets a group apart
_ALIKE = 0.6  # rank correlation with a column that groups are made of, from which a feature says nothing else
_NAMED_ON = 20_000  # customers drawn to find what sets a group apart
_DRAWS = 20_000_000  # of one bootstrap; beyond, fewer rounds (100 at least) say the same of so many rows
_OTHERS = "others, too few each"
_WORDS: Mapping[str, tuple[str, str]] = {
    VALUE: ("low value", "high value"),
    "clv": ("low value", "high value"),
    RISK: ("unlikely to leave", "likely to leave"),
    TENURE: ("new", "long with us"),
    "recency": ("seen lately", "not seen for long"),
}


@dataclass(frozen=True, eq=False)
class _Seen:
    """The judged customers: those the list was made for without having seen how it ended."""

    held: Sample
    judged: Judged
    value: Floats | None
    columns: pd.DataFrame  # what groups are made of
    others: list[str]  # features that say something else

    @property
    def weight(self) -> Floats:
        return self.held.weight


def segments_told(work: Work) -> dict[str, Any]:
    """analysis/segments.json: groups of the judged customers, named by what sets them apart.

    Each has its size, its rate of leaving, what is at risk (probability times value), and what contacting by the
    champion's list earned there against contacting nobody, with intervals.
    """
    settings: SegmentSettings = work.settings.segments
    seen = _seen(work, settings)
    told: dict[str, Any] = {
        "method": settings.method,
        "columns": [str(name) for name in seen.columns],
        "rows": len(seen.held.y),
    }
    if settings.method == "bands":
        bands = banded({str(name): seen.columns[name].to_numpy() for name in seen.columns}, seen.weight)
        cuts = {name: list(ends) for name, ends in zip(bands.columns, bands.cuts, strict=True)}
        names = [_of_ends(bands.columns, ends, settings.words) for ends in bands.ends]
        return {**told, "cuts": cuts, "groups": _groups(work, seen, bands.group, names)}
    found = clustered(seen.columns, seen.weight, settings.most, work.settings.seed)
    told |= {"agreement": {str(count): value for count, value in found.agreement.items()}, "needed": STABLE}
    if found.group is None:
        return {**told, "groups": []}
    told_apart = [
        _named(work, seen, found.group == number) if steady >= STABLE else None
        for number, steady in enumerate(found.steady)
    ]
    return {**told, "steady": list(found.steady), "groups": _groups(work, seen, found.group, told_apart)}


def _seen(work: Work, settings: SegmentSettings) -> _Seen:
    rows, checked = work.comparison.rows, work.loaded.checked
    held = work.sample.take(rows)
    judged = work.comparison.judged[work.comparison.choice.champion]
    value = None if held.costs is None else held.costs.fn
    wanted = list(settings.columns) or [
        VALUE if value is not None else RISK,
        TENURE if TENURE in checked.columns else RISK,
    ]
    if settings.method == "bands" and not 2 <= len(dict.fromkeys(wanted)) <= 3:
        what = "one column makes" if len(set(wanted)) == 1 else f"{len(set(wanted))} columns make"
        advice = "name two or three, or write segments.method: kmeans"
        raise ConfigError(f"{what} no bands that can be named", where="segments.columns", advice=advice)
    columns = {}
    for name in dict.fromkeys(wanted):
        own = {RISK: judged.p, VALUE: value}.get(name)
        if own is None and name in (RISK, VALUE):
            raise ConfigError(
                "there are no costs, so customers have no value", where="segments.columns", advice="leave it out"
            )
        if own is None:
            own = numbers_of(checked, name, "segments.columns")[rows]
        columns[name] = own
    made = pd.DataFrame(columns)
    return _Seen(held, judged, value, made, _others(held.frame, made))


def _others(frame: pd.DataFrame, made: pd.DataFrame) -> list[str]:
    """The features that do not say the same as a column that groups are made of."""
    numbers = frame.select_dtypes("number")
    alike = made.set_axis(frame.index).rank().apply(lambda one: numbers.rank().corrwith(one)).abs().max(axis=1)
    same = {*made.columns, *alike.index[alike > _ALIKE]}
    return [str(name) for name in frame if name not in same]


def _groups(work: Work, seen: _Seen, group: NDArray[np.intp], names: Sequence[str | None]) -> list[dict[str, Any]]:
    """One entry a group, the most at risk first; groups of too few customers are told together, without a name."""
    sizes = np.bincount(group, minlength=len(names))
    own = [number for number in np.argsort(-sizes, kind="stable")[: _MOST_GROUPS - 1] if sizes[number] >= _FEW]
    masks = dict(zip(_unlike(seen, group, names, own), (group == number for number in own), strict=True))
    rest = ~np.isin(group, own)
    if rest.any():
        masks[_OTHERS] = rest
    weight, costs = seen.weight, seen.held.costs
    total = float(weight.sum())
    inside = np.column_stack([mask.astype(np.float64) for mask in masks.values()])
    earned = np.zeros(len(group)) if costs is None else -costs.slope(seen.held.y) * seen.judged.act
    count = inside.shape[1]
    interval = work.settings.interval
    told = sum_intervals(
        np.column_stack([inside, inside * seen.held.y[:, None], inside * earned[:, None]]),
        lambda s: np.column_stack([s[:, count : 2 * count] / s[:, :count], s[:, 2 * count :]]),
        weight,
        groups=None if seen.held.group is None else seen.held.group.astype(str).to_numpy(),
        rounds=min(interval.rounds, max(100, _DRAWS // max(len(group), 1))),
        level=interval.level,
        seed=work.settings.seed,
        undefined="the group was not drawn",
    )
    stake = None if seen.value is None or seen.judged.p is None else seen.judged.p * seen.value
    out = []
    for place, (name, mask) in enumerate(masks.items()):
        w = weight[mask]
        entry: dict[str, Any] = {
            "name": name,
            "also": [] if name == _OTHERS else _also(work, seen, mask),
            "rows": int(mask.sum()),
            "share": float(w.sum()) / total,
            "left": asdict(told[place]),
            "contacted": float(np.average(seen.judged.act[mask], weights=w)) if w.any() else None,
            "at_risk": None if stake is None else float(stake[mask] @ w),
            "earned": None if costs is None else asdict(told[count + place]),
            "means": {str(name): _mean(seen.columns[name].to_numpy()[mask], w) for name in seen.columns},
        }
        out.append(entry)
    return sorted(out, key=lambda one: (one["name"] == _OTHERS, -(one["at_risk"] or one["share"])))


def _mean(values: Floats, weight: Floats) -> float | None:
    held = np.isfinite(values) & (weight > 0)
    return float(np.average(values[held], weights=weight[held])) if held.any() else None


def _unlike(seen: _Seen, group: NDArray[np.intp], names: Sequence[str | None], own: Sequence[int]) -> list[str]:
    """Names that no two groups share: of groups alike in words, the mean of the column that tells them best."""
    out = []
    for number in own:
        name = names[number]
        if name is None:
            out.append(f"group {number + 1}, not stable enough for a name")
            continue
        alike = [other for other in own if names[other] == name]
        if len(alike) > 1:
            means = {
                str(column): [_mean(values[group == other], seen.weight[group == other]) or 0.0 for other in alike]
                for column, values in ((column, seen.columns[column].to_numpy()) for column in seen.columns)
            }
            spread = {column: np.ptp(each) / np.nanstd(seen.columns[column]) for column, each in means.items()}
            column = max(spread, key=spread.__getitem__)
            name += f", {_label(column)} {means[column][alike.index(number)]:,.3g} on average"
        out.append(name)
    return out


def _of_ends(columns: Sequence[str], ends: Sequence[str], words: Mapping[str, tuple[str, str]]) -> str:
    """ "high value, new"; a group in the middle of everything is said to be that."""
    said = [
        _end(column, "number", end == "high", words)
        for column, end in zip(columns, ends, strict=True)
        if end != "middle"
    ]
    return ", ".join(said) or "in the middle"


def _named(work: Work, seen: _Seen, inside: NDArray[np.bool_]) -> str:
    """A group by the columns it was made of, in their order, so that groups alike in words are seen to be alike."""
    found = _apart(work, seen.columns, seen.weight, inside)[:_PARTS]
    found.sort(key=lambda one: list(seen.columns).index(one.column))
    return ", ".join(_said(one, work.kinds, work.settings.segments.words) for one in found) or "like all others"


def _also(work: Work, seen: _Seen, inside: NDArray[np.bool_]) -> list[str]:
    """What else sets the customers of a group apart, in words."""
    found = _apart(work, seen.held.frame[seen.others], seen.weight, inside)
    return [_said(one, work.kinds, work.settings.segments.words) for one in found[:_ALSO]]


def _apart(work: Work, frame: pd.DataFrame, weight: Floats, inside: NDArray[np.bool_]) -> list[Difference]:
    rows = np.arange(len(inside))
    if len(rows) > _NAMED_ON:
        random = np.random.default_rng([work.settings.seed, 62])
        rows = np.sort(random.choice(rows, _NAMED_ON, replace=False))
    return apart(frame.iloc[rows], weight[rows], inside[rows])


def _said(one: Difference, kinds: Mapping[str, str], words: Mapping[str, tuple[str, str]]) -> str:
    more = one.difference > 0
    if one.what is None:
        return _end(one.column, kinds.get(one.column, "number"), more, words)
    if one.what == "is missing":
        return f"{'no' if more else 'known'} {_label(one.column)}"
    often = "seldom" if not more else "mostly" if one.inside > 0.5 else "often"
    return f"{often} {one.what} {_label(one.column)}"


def _end(column: str, kind: str, high: bool, words: Mapping[str, tuple[str, str]]) -> str:
    """One end of a column in words: the analyst's, the study's, or made from its name."""
    known = words.get(column) or _WORDS.get(column)
    if known is not None:
        return known[high]
    label = _label(column)
    if kind == "flag":
        return f"mostly {label}" if high else f"mostly not {label}"
    if kind == "whole" and label.endswith("s"):  # tickets, payments
        return f"{'many' if high else 'few'} {label}"
    return f"{'high' if high else 'low'} {label}"


def _label(column: str) -> str:
    return {VALUE: "value", "clv": "value", RISK: "risk", TENURE: "time with us"}.get(column, column.replace("_", " "))
