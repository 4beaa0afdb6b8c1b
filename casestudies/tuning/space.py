"""What is searched: named settings with their ranges, some of which exist only where another has a certain value.

A *point* is what a search moves: numbers, and the labels of choices. The *settings* of a point are what a config takes:
each label replaced by the value it stands for (a list of widths, no limit, ...).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from casestudies.errors import ConfigError, shown

if TYPE_CHECKING:
    from optuna import Trial

Point = dict[str, Any]
When = Mapping[str, tuple[str, ...]]
MOST_OPTIONS = 100


@dataclass(frozen=True)
class Real:
    """A number from `low` to `high`; by its logarithm with `log`.

    when: {key of a choice: its labels where this setting exists}; empty = everywhere. now: the value as it is set.
    """

    key: str
    low: float
    high: float
    log: bool = False
    when: When = field(default_factory=dict)
    now: float | None = None

    def __post_init__(self) -> None:
        _check_range(self)

    def suggest(self, trial: Trial) -> float:
        return trial.suggest_float(self.key, self.low, self.high, log=self.log)

    def at(self, share: float) -> float:
        """The value at a share, 0 to 1, of the range."""
        value = _between(self, self.low, self.high, share)
        return min(max(float(f"{value:.6g}"), self.low), self.high)  # short numbers, for a config that people read

    def levels(self, count: int) -> list[Any]:
        return list(dict.fromkeys(self.at(share) for share in np.linspace(0, 1, count)))

    @property
    def told(self) -> str:
        return f"{self.low:g} to {self.high:g}{', by its logarithm' if self.log else ''}"


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`; else as `Real`."""

    key: str
    low: int
    high: int
    log: bool = False
    when: When = field(default_factory=dict)
    now: int | None = None

    def __post_init__(self) -> None:
        _check_range(self)

    def suggest(self, trial: Trial) -> int:
        return trial.suggest_int(self.key, self.low, self.high, log=self.log)

    def at(self, share: float) -> int:
        """The value at a share of the range: every number has its part of it."""
        value = _between(self, self.low - 0.5, self.high + 0.5, share)
        return int(np.clip(math.floor(value + 0.5), self.low, self.high))

    def levels(self, count: int) -> list[Any]:
        return list(dict.fromkeys(self.at(share) for share in np.linspace(0, 1, count)))

    @property
    def told(self) -> str:
        return f"{self.low} to {self.high}{', by its logarithm' if self.log else ''}"


@dataclass(frozen=True)
class Choice:
    """One of several values, each under a label. now: the label of the value as it is set."""

    key: str
    options: Mapping[str, Any]
    when: When = field(default_factory=dict)
    now: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.options) <= MOST_OPTIONS:
            raise ConfigError("there is nothing to choose from", where=self.key, advice="give two values or more")

    def suggest(self, trial: Trial) -> str:
        return str(trial.suggest_categorical(self.key, list(self.options)))

    def at(self, share: float) -> str:
        labels = list(self.options)
        return labels[min(int(share * len(labels)), len(labels) - 1)]

    def levels(self, count: int) -> list[Any]:
        return list(self.options)

    @property
    def told(self) -> str:
        return " | ".join(self.options)


Dimension = Real | Whole | Choice


@dataclass(frozen=True)
class Space:
    """Dimensions, those that others depend on first.

    Raises
    ------
    ConfigError: a key stands twice, or a dimension depends on one that is not there before it.
    """

    dimensions: tuple[Dimension, ...]
    _choices: dict[str, Choice] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not self.dimensions:
            raise ConfigError("nothing is left to search", where="search", advice="name at least one setting")
        seen: set[str] = set()
        for one in self.dimensions:
            if one.key in seen or not set(one.when) <= set(self._choices):
                raise ConfigError("stands twice, or before what it depends on", where=one.key)
            seen.add(one.key)
            if isinstance(one, Choice):
                self._choices[one.key] = one

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.dimensions]

    @property
    def conditional(self) -> bool:
        return any(one.when for one in self.dimensions)

    @property
    def now(self) -> Point:
        """The point of the settings as they are, as far as it is known."""
        return self.active({one.key: one.now for one in self.dimensions if one.now is not None})

    def active(self, values: Mapping[str, Any]) -> Point:
        """Those of the values that exist together."""
        found: Point = {}
        for one in self.dimensions:
            if one.key in values and _exists(one, found):
                found[one.key] = values[one.key]
        return found

    def suggest(self, trial: Trial, *, all_at_once: bool) -> Point:
        """Ask a sampler for a point. all_at_once: also for what does not exist there, for samplers that know no conditions."""
        found: Point = {}
        for one in self.dimensions:
            if all_at_once or _exists(one, found):
                found[one.key] = one.suggest(trial)
        return self.active(found)

    def at(self, shares: Sequence[float]) -> Point:
        """The point at a place of the unit cube. shares: (dimensions,) 0 to 1."""
        return self.active({one.key: one.at(share) for one, share in zip(self.dimensions, shares, strict=True)})

    def grid(self, levels: int) -> list[Point]:
        """Every combination: all options of choices, `levels` values of numbers; each once."""
        every: dict[tuple[Any, ...], Point] = {}
        for values in itertools.product(*(one.levels(levels) for one in self.dimensions)):
            point = self.active(dict(zip(self.keys, values, strict=True)))
            every.setdefault(tuple(point.items()), point)
        return list(every.values())

    def settings(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """{dotted key: value} of a point, as a config takes them."""
        return {
            key: self._choices[key].options[value] if key in self._choices else value for key, value in point.items()
        }

    def holds(self, point: Mapping[str, Any]) -> bool:
        """Whether a point lies in the space, whole."""
        inside: Point = {}
        for one in self.dimensions:
            if not _exists(one, inside):
                continue
            if one.key not in point or not _within(one, point[one.key]):
                return False
            inside[one.key] = point[one.key]
        return True

    def without(self, key: str, label: str) -> Space:
        """The same with one option less."""
        choice = self._choices[key]
        options = {name: value for name, value in choice.options.items() if name != label}
        kept = tuple(replace(choice, options=options) if one.key == key else one for one in self.dimensions)
        return Space(kept)

    @property
    def told(self) -> list[dict[str, str]]:
        """A row for each dimension, in words."""
        return [{"key": one.key, "range": one.told, "where": _where(one), "now": _said(one)} for one in self.dimensions]

    def __iter__(self) -> Iterator[Dimension]:
        return iter(self.dimensions)


def _check_range(one: Real | Whole) -> None:
    if not (math.isfinite(one.low) and math.isfinite(one.high)) or one.low > one.high or (one.log and one.low <= 0):
        what = f"{shown(f'{one.low:g}..{one.high:g}')} is no range"
        rule = ", above 0" if one.log else ""
        raise ConfigError(what, where=one.key, advice=f"write the smaller number first{rule}")


def _between(one: Real | Whole, low: float, high: float, share: float) -> float:
    if one.log:
        return float(math.exp(math.log(low) + share * (math.log(high) - math.log(low))))
    return float(low + share * (high - low))


def _exists(one: Dimension, point: Mapping[str, Any]) -> bool:
    return all(point.get(key) in labels for key, labels in one.when.items())


def _within(one: Dimension, value: Any) -> bool:
    if isinstance(one, Choice):
        return value in one.options
    return isinstance(value, int | float) and one.low <= value <= one.high


def _where(one: Dimension) -> str:
    return "; ".join(f"{key}: {', '.join(labels)}" for key, labels in one.when.items()) or "always"


def _said(one: Dimension) -> str:
    return "not a single value" if one.now is None else f"{one.now:g}" if isinstance(one.now, float) else str(one.now)
