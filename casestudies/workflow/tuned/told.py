"""What came of a search, as plain values: tuning.json and the figures of metrics.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats

from casestudies.tuning import SECONDS, Gain, Goal, History, Space, Tried, chosen_apart, expected_best, front, gain
from casestudies.tuning.importance import Importance
from casestudies.tuning.tried import Floats
from casestudies.workflow.tuned.asked import Asked
from casestudies.workflow.tuned.nested import Nested, settled
from casestudies.workflow.tuned.tunable import Bench

DEFAULTS, TUNED = "defaults", "tuned"


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finished search. level: coverage of its intervals."""

    asked: Asked
    space: Space
    history: History
    bench: Bench
    level: float
    importance: Sequence[Importance]
    nested: Nested | None = None

    @cached_property
    def tuned(self) -> Tried:
        return settled(self.history)

    @property
    def defaults(self) -> Tried:
        return self.history.defaults

    @property
    def found(self) -> bool:
        """Whether the search settled on something else than the settings as they were."""
        return self.tuned.number != self.defaults.number

    def gain(self, goal: Goal) -> Gain:
        """Of the tuned settings on the defaults."""
        tuned, plain = (one.scores[goal.name] for one in (self.tuned, self.defaults))
        return gain(tuned, plain, goal, self.level, refitted=self.bench.refitted)

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """ "models" of metrics.json: every goal of both with the interval of its folds, and what one gained on the other."""
        found = {
            name: {goal.name: self._figure(one.scores[goal.name], goal) for goal in self.history.goals}
            for name, one in ((DEFAULTS, self.defaults), (TUNED, self.tuned))
        }
        found[TUNED]["gain"] = _share(self.gain(self.history.goals[0]))
        if self.nested is not None:
            found[TUNED]["nested_gain"] = _share(self.nested.gain)
        return found

    def _figure(self, folds: Floats, goal: Goal) -> dict[str, Any]:
        out: dict[str, Any] = {"value": float(np.mean(folds)), "low": None, "high": None, "unit": goal.unit}
        if len(folds) > 1:
            shared = 1 / (len(folds) - 1) if self.bench.refitted else 0.0
            half = (
                stats.t.ppf(0.5 + self.level / 2, len(folds) - 1)
                * np.std(folds, ddof=1)
                * np.sqrt(1 / len(folds) + shared)
            )
            out |= {"low": out["value"] - float(half), "high": out["value"] + float(half)}
        return out

    @property
    def told(self) -> dict[str, Any]:
        """tuning.json."""
        goals, lead = self.history.goals, self.history.goals[0]
        apart = chosen_apart(self.history)
        return {
            "asked": self.asked.told,
            "goals": [asdict(goal) for goal in goals],
            "sentence": self.bench.sentence,
            "limits": list(self.bench.limits),
            "space": self.space.told,
            "trials": [self._trial(one) for one in self.history.trials],
            "first": sum(one.first for one in self.history.trials),
            "defaults": self.defaults.number,
            "tuned": self.tuned.number,
            "gain": {goal.name: _gain(self.gain(goal)) for goal in goals},
            "apart": None
            if apart is None
            else _gain(gain(apart, self.defaults.scores[lead.name], lead, self.level, refitted=self.bench.refitted)),
            "nested": None if self.nested is None else self._nested(self.nested),
            "front": self._front() if len(goals) > 1 else [],
            "importance": [asdict(one) for one in self.importance],
            "curve": [None if not np.isfinite(value) else float(value) for value in self.history.curve()],
            "outlook": self._outlook(lead),
            "changed": self.changed,
        }

    @property
    def changed(self) -> dict[str, Any]:
        """{dotted key: value} of the tuned settings."""
        return dict(self.tuned.settings)

    def _trial(self, one: Tried) -> dict[str, Any]:
        scores = {name: values.tolist() for name, values in one.scores.items()}
        return {
            "number": one.number,
            "first": one.first,
            "state": one.state,
            "why": one.why,
            "point": dict(one.point),
            "scores": scores,
            "mean": {name: one.mean(name) for name in scores},
        }

    def _nested(self, nested: Nested) -> dict[str, Any]:
        return {
            "tuned": nested.tuned.tolist(),
            "defaults": nested.defaults.tolist(),
            "gain": _gain(nested.gain),
            "settings": list(nested.settings),
        }

    def _front(self) -> list[int]:
        """Numbers of the trials on the front; of trials of the same point the first."""
        seen: dict[str, int] = {}
        for one, on in zip(self.history.done, front(self.history.values()), strict=True):
            if on:
                seen.setdefault(json.dumps(one.point, sort_keys=True), one.number)
        return list(seen.values())

    def _outlook(self, goal: Goal) -> dict[str, Any] | None:
        """What half of the searched trials come to on average, and all of them; None of fewer than eight."""
        values = np.array([goal.sign * one.mean(goal.name) for one in self.history.done if not one.first])
        if goal.name == SECONDS.name or len(values) < 8:
            return None
        half = len(values) // 2
        return {
            "half": half,
            "all": len(values),
            "best_of_half": goal.sign * expected_best(values, half),
            "best_of_all": goal.sign * float(values.min()),
        }


def _gain(found: Gain) -> dict[str, Any]:
    return {**asdict(found), "told_apart": found.told_apart}


def _share(found: Gain) -> dict[str, Any]:
    return {"value": found.share, "low": found.share_low, "high": found.share_high, "unit": "share"}
