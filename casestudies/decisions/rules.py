"""How to decide: the rules an analyst can name in `decide.rule`, and their fitting on validation rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions.costs import Costs
from casestudies.decisions.cuts import Prefixes
from casestudies.decisions.deciders import Decider
from casestudies.decisions.targets import FITTED, Counts
from casestudies.errors import ConfigError, DataError, nearest, shown
from casestudies.rows import outcomes, probabilities, scores, weights

_PLAIN = ("bmr", "cut", "budget", "capacity", "f1")
_EXAMPLES = (*_PLAIN, "precision>=0.8", "recall>=0.8", "specificity>=0.8", "approve=70%")
_TARGET = re.compile(r"(precision>=|recall>=|specificity>=|approve=)(\d*\.?\d+)(%?)")


@dataclass(frozen=True)
class Rule:
    """A way to decide, before it has seen any row.

    Parameters
    ----------
    kind: bmr (each row's own threshold), cut (one threshold: the given one, else the one that costs least on the
        fitting rows), budget (gain per unit of acting cost until the money is spent), capacity (at most so many rows),
        f1, precision, recall, specificity (the cut that reaches the target), approve (the share left alone).
    level: the rule's number: cut, budget (currency of the costs), rows, or a rate in 0 to 1.
    """

    kind: str
    level: float | None = None

    @classmethod
    def parse(
        cls, text: str, cut: float | None = None, budget: float | None = None, capacity: int | None = None
    ) -> Rule:
        """The rule behind a config's `decide` keys.

        Parameters
        ----------
        text: bmr | cut | budget | capacity | f1 | precision>=x | recall>=x | specificity>=x | approve=x%, where x is
            a share (0.8) or a percentage (80%).
        cut, budget, capacity: the keys of the same names; only the one the rule reads may be given.

        Raises
        ------
        ConfigError: an unknown rule (the nearest one is named), a share beyond 0 to 1, a missing, negative or unused
        number.
        """
        name = "".join(text.split()).lower()
        given = {key: n for key, n in (("cut", cut), ("budget", budget), ("capacity", capacity)) if n is not None}
        for key, number in given.items():
            if key != name:
                advice = f"write decide.rule: {key}, or leave decide.{key} out"
                raise ConfigError(f"the rule {shown(text)} does not read it", where=f"decide.{key}", advice=advice)
            if (
                not np.isfinite(number)
                or (key != "cut" and number < 0)
                or (key == "capacity" and number != int(number))
            ):
                wanted = {"cut": "a finite number", "budget": "an amount", "capacity": "a whole number of rows"}[key]
                raise ConfigError(f"{number} is not {wanted}", where=f"decide.{key}", advice="correct the number")
        if name in ("budget", "capacity") and not given:
            raise ConfigError(f"the rule {name} needs a number", where=f"decide.{name}", advice=f"write decide.{name}")
        if name in _PLAIN:
            return cls(name, float(given[name]) if given else None)
        return cls._target(text, name)

    @classmethod
    def _target(cls, text: str, name: str) -> Rule:
        match = _TARGET.fullmatch(name)
        if match is None:
            raise ConfigError(f"unknown rule {shown(text)}", where="decide.rule", advice=nearest(name, _EXAMPLES))
        level = float(match[2]) / (100.0 if match[3] else 1.0)
        if level > 1.0:
            raise ConfigError(f"{shown(text)} is beyond 1", where="decide.rule", advice="write a share as 0.8 or 80%")
        return cls(match[1].rstrip(">="), level)

    def fit(self, y: ArrayLike, p: ArrayLike, costs: Costs | None = None, weight: ArrayLike | None = None) -> Decider:
        """Learn what the rule needs from validation rows; rules that need nothing are checked and passed on.

        Parameters
        ----------
        y: (rows,) 0/1, 1 = the event.
        p: (rows,) score; a calibrated probability for bmr, budget and capacity with costs.
        costs: of the same rows; with them, capacity acts by expected gain instead of by score.
        weight: (rows,) row weights, default ones.

        Raises
        ------
        ConfigError: the rule needs money and there are no costs, or acting changes no cost, or a wanted precision is
        out of reach (the best reachable is given).
        DataError: no rows, no event among them, or scores that cannot be used.
        """
        event = outcomes(y)
        score = scores(p, len(event))
        priced = self.kind in ("bmr", "budget") or (self.kind == "capacity" and costs is not None)
        if priced:
            self._check_money(self._required(costs))
            probabilities(score)
            return Decider(self.kind, self.level, priced=True)
        if self.kind == "capacity" or (self.kind == "cut" and self.level is not None):
            threshold = self.level if self.kind == "cut" else None
            return Decider(self.kind, self.level, threshold=threshold)
        if not len(event):
            raise DataError("there are no rows to choose a cut on", where="decide.rule", advice="use more rows")
        if self.kind == "cut":
            priced_by = self._required(costs)
            self._check_money(priced_by)
            cut = priced_by.best_cut(y, p, weight)
            return Decider("cut", threshold=cut.threshold, reached=cut.cost, rows=len(event))
        prefixes = Prefixes.of(score)
        at = Counts.of(prefixes, event, weights(weight, len(event)))
        index, reached = FITTED[self.kind](at, self.level or 0.0)
        return Decider(self.kind, self.level, prefixes.threshold(index), reached, len(event))

    def _required(self, costs: Costs | None) -> Costs:
        if costs is None:
            advice = "write cost.fn and cost.fp, or use the rule f1"
            raise ConfigError(f"the rule {self.kind} needs costs", where="decide.rule", advice=advice)
        return costs

    def _check_money(self, costs: Costs) -> None:
        """Refuse costs under which the rule cannot mean anything."""
        if not (costs.caught.any() or costs.alarm.any()):
            raise ConfigError("acting changes the cost of no row", where="cost", advice="correct cost.fn and cost.fp")
        if self.kind == "budget" and not (costs.fp > 0).any():
            advice = "use the rule capacity, or write what acting costs in cost.fp"
            raise ConfigError(
                "acting spends nothing in any row, so a budget cannot bind", where="cost.fp", advice=advice
            )
