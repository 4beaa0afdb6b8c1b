"""An evaluation as plain values: figures then and now, calibration, money, the verdict. What evaluation.json holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from casestudies.decisions import Rule
from casestudies.errors import DataError
from casestudies.metrics import Interval
from casestudies.workflow.evaluated.money import Money, Renewal, money_of, renewal
from casestudies.workflow.evaluated.outcomes import Change, Outcomes, changes
from casestudies.workflow.evaluated.verdict import Evidence, Power, Verdict, verdict
from casestudies.workflow.settings import Interval as Coverage

_CHANCE = 0.5  # AUC


def told_of(
    then: Outcomes, now: Outcomes, rule: Rule, interval: Coverage, seed: int, *, unit: str, money: str
) -> dict[str, Any]:
    """Everything but drift, which each study finds in its own way.

    Parameters
    ----------
    then: the rows that the run was judged on. now: the new ones. rule: the run's, to be fitted anew for what that would save.
    unit: plural of what is decided on ("applications"). money: the currency.
    """
    changed = changes(then, now, interval, seed)
    by = {one.metric.name: one for one in changed}
    line = now.line(interval.level)
    cost = by.get("expected_cost")
    paid = money_of(then, now, None if cost is None else cost.difference, interval, seed)
    anew, why_not = _renewal(now, rule, interval, seed)
    auc = by["auc"]
    evidence = Evidence(
        rows=len(now),
        events=int(now.y.sum()),
        unit=unit,
        power=Power("AUC", auc.then.value, auc.now.value, _CHANCE, auc.difference),
        line=line,
        saved=None if anew is None else anew.share,
    )
    before = then.line(interval.level)
    return {
        "of": unit,
        "unit": money,
        "rows": len(now),
        "events": int(now.y.sum()),
        "rows_then": len(then),
        "events_then": int(then.y.sum()),
        "verdict": verdict_told(verdict(evidence)),
        "changes": changes_told(changed),
        "calibration": {
            "then": {"slope": ends(before.slope), "level": ends(before.level), "curve": then.curve()},
            "now": {"slope": ends(line.slope), "level": ends(line.level), "curve": now.curve()},
        },
        "money": None if paid is None else _money_told(paid),
        "renewal": None if anew is None else _renewal_told(anew),
        "renewal_note": why_not,
    }


def _renewal(now: Outcomes, rule: Rule, interval: Coverage, seed: int) -> tuple[Renewal | None, str]:
    """What calibrating anew would come to; or why that cannot be told."""
    try:
        return renewal(now, rule, interval, seed), ""
    except DataError as error:
        return None, error.what


def verdict_told(one: Verdict) -> dict[str, Any]:
    return {"answer": one.answer, "line": one.line, "grounds": list(one.grounds)}


def changes_told(found: Sequence[Change]) -> list[dict[str, Any]]:
    """A row a figure; differences are of two samples."""
    return [
        {
            "metric": one.metric.name,
            "higher_is_better": one.metric.higher_is_better,
            "then": ends(one.then),
            "now": ends(one.now),
            "difference": ends(one.difference),
        }
        for one in found
    ]


def _money_told(paid: Money) -> dict[str, Any]:
    return {name: ends(one) if isinstance(one, Interval) else one for name, one in _fields(paid).items()}


def _renewal_told(anew: Renewal) -> dict[str, Any]:
    return {
        "cost": None if anew.cost is None else list(anew.cost),
        "saved": None if anew.saved is None else ends(anew.saved),
        "share": None if anew.share is None else ends(anew.share),
        "log_loss": ends(anew.log_loss),
        "acted": list(anew.acted),
    }


def _fields(paid: Money) -> Mapping[str, Any]:
    return {name: getattr(paid, name) for name in paid.__dataclass_fields__}


def ends(one: Interval) -> dict[str, Any]:
    """value, low and high, and the reason where one is missing."""
    told = {key: value for key, value in asdict(one).items() if key in ("value", "low", "high")}
    return told | ({"reason": one.reason} if one.reason else {})
