"""A decider: a rule with everything it learnt, small enough to store beside the model and to read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from casestudies.decisions.allocate import foremost
from casestudies.decisions.campaign import campaign
from casestudies.decisions.costs import Costs
from casestudies.errors import ConfigError, DataError, nearest
from casestudies.rows import Mask, scores

_AIMS = {
    "f1": "the cut with the best F1 ({reached:.3f}) on {rows:,} rows",
    "precision": "the lowest cut with a precision of at least {level:.1%} (it is {reached:.1%}) on {rows:,} rows",
    "recall": "the highest cut with a recall of at least {level:.1%} (it is {reached:.1%}) on {rows:,} rows",
    "specificity": "the lowest cut with a specificity of at least {level:.1%} (it is {reached:.1%}) on {rows:,} rows",
    "approve": "the cut that leaves at least {level:.1%} of rows alone (it is {reached:.1%}) on {rows:,} rows",
}

SHARED = ("budget", "capacity")  # kinds whose limit is for all rows together


@dataclass(frozen=True)
class Decider:
    """A fitted rule; made by `Rule.fit`, applied to any rows with `act`.

    Parameters
    ----------
    kind: bmr | cut | budget | capacity | f1 | precision | recall | specificity | approve.
    level: the rule's number: a rate, a budget (currency of the costs), a number of rows, a cut; None without one.
    threshold: act where score > threshold; None where each row has its own or the whole batch decides.
    reached: what the cut reached on the fitting rows: the rate, or for an exact cut its cost summed over rows.
    rows: number of fitting rows; 0 when nothing was fitted.
    priced: True when `act` needs costs.
    """

    kind: str
    level: float | None = None
    threshold: float | None = None
    reached: float | None = None
    rows: int = 0
    priced: bool = False

    def act(self, p: ArrayLike, costs: Costs | None = None) -> Mask:
        """The decision for a batch of rows. `budget` and `capacity` share their limit over the rows given.

        Parameters
        ----------
        p: (rows,) score; a calibrated probability where the rule is priced.
        costs: of the same rows; needed when `priced`.

        Returns
        -------
        (rows,) bool, True = act on the row.

        Raises
        ------
        ConfigError: the rule is priced and there are no costs.
        DataError: a score that is not finite, or outside 0 to 1 where the rule is priced.
        """
        if self.threshold is not None:
            return scores(p) > self.threshold
        if not self.priced:
            return foremost(scores(p), int(self.level or 0))
        if costs is None:
            raise ConfigError(
                f"the rule {self.kind} needs costs", where="decide.rule", advice="write cost.fn and cost.fp"
            )
        if self.kind == "bmr":
            return costs.act(p)
        gain = costs.gain(p)
        if self.kind == "budget":
            return campaign(gain[:, np.newaxis], costs.spend(p)[:, np.newaxis], float(self.level or 0.0)).act
        return foremost(gain, int(self.level or 0)) & (gain > 0)

    def in_words(self, unit: str = "cost units", act: str = "act on", row: str = "row", rows: str = "rows") -> str:
        """One sentence that says what is done.

        Parameters
        ----------
        unit: what money is counted in.
        act, row, rows: the study's own words ("decline", "application", "applications").
        """
        do = act[0].upper() + act[1:]
        if self.kind == "bmr":
            return (
                f"{do} each {row} whose probability is above its own threshold, "
                "where both decisions are expected to cost the same."
            )
        if self.kind == "budget":
            return (
                f"{do} {rows} in order of expected gain per unit of acting cost, where there is a gain, "
                f"until {self.level:,.10g} {unit} are spent."
            )
        if self.kind == "capacity":
            first = "largest expected gain, where there is a gain" if self.priced else "highest score"
            return f"{do} at most {self.level:,.0f} {rows}, those with the {first}."
        return f"{self._cut(do, row)}: {self._aim(unit)}."

    def _cut(self, do: str, row: str) -> str:
        if self.threshold == np.inf:
            return f"{do} no {row}"
        if self.threshold == -np.inf:
            return f"{do} every {row}"
        return f"{do} each {row} whose score is above {self.threshold:.4g}"

    def _aim(self, unit: str) -> str:
        if self.kind in _AIMS:
            return _AIMS[self.kind].format(level=self.level, reached=self.reached, rows=self.rows)
        if self.level is not None:
            return "the cut was given"
        return f"the cut that costs least ({self.reached:,.0f} {unit}) on {self.rows:,} rows"

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON holds; an infinite threshold is written "inf" or "-inf"."""
        values = asdict(self)
        if self.threshold is not None and np.isinf(self.threshold):
            values["threshold"] = str(self.threshold)
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Decider:
        """The decider that `to_dict` wrote.

        Raises
        ------
        DataError: a key that is unknown or missing.
        """
        known = [field.name for field in fields(cls)]
        for key in values:
            if key not in known:
                raise DataError(f"unknown key '{key}'", where="decider", advice=nearest(key, known))
        if missing := [key for key in known if key not in values]:
            raise DataError(f"the key '{missing[0]}' is missing", where="decider", advice="store it with to_dict()")
        threshold = values["threshold"]
        return cls(**{**values, "threshold": None if threshold is None else float(threshold)})
