"""Searching less than all: some settings alone, or a range of one's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from casestudies.errors import ConfigError, nearest, shown
from casestudies.tuning.space import Choice, Dimension, Space, Whole

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})")


def narrowed(space: Space, asked: Iterable[str]) -> Space:
    """Only what is asked for, with what it depends on held where it can exist.

    Parameters
    ----------
    asked: "model.trees.leaves" (this setting), "model.trees" (all that begin so), "model.trees.leaves=4..63" (another
        range), "model.candidates=[logistic, lightgbm]" (some of the options). Empty: the space as it is.

    Raises
    ------
    ConfigError: a key that is not searched (the nearest are given), a range or an option that makes no sense.
    """
    wanted: dict[str, str | None] = {}
    for text in asked:
        key, sign, value = (part.strip() for part in str(text).partition("="))
        found = [name for name in space.keys if name == key or name.startswith(f"{key}.")]
        if not found:
            raise ConfigError(f"{shown(key)} is not searched", where="search", advice=nearest(key, space.keys))
        if sign and found != [key]:
            raise ConfigError(f"{shown(key)} is not one setting", where="search", advice=nearest(key, space.keys))
        wanted |= {name: value if sign else wanted.get(name) for name in found}
    if not wanted:
        return space
    if all(value is not None for value in wanted.values()):  # ranges of one's own alone: the rest stays as it is
        return Space(tuple(_changed(one, wanted.get(one.key)) for one in space))
    needed = {key for one in space if one.key in wanted for key in one.when}
    kept = [_changed(one, wanted.get(one.key)) for one in space if one.key in wanted or one.key in needed]
    return Space(tuple(_held(one, kept) if one.key not in wanted else one for one in kept))


def _changed(one: Dimension, value: str | None) -> Dimension:
    """With the range or the options that are asked for."""
    if value is None:
        return one
    if isinstance(one, Choice):
        labels = [part.strip().strip("'\"") for part in value.strip("[] ").split(",")]
        for label in labels:
            if label not in one.options:
                raise ConfigError(
                    f"{shown(label)} is not one of the values searched",
                    where=one.key,
                    advice=nearest(label, one.options),
                )
        options = {label: one.options[label] for label in labels}
        return replace(one, options=options, now=one.now if one.now in options else None)
    found = _RANGE.fullmatch(value)
    if found is None:
        raise ConfigError(f"{shown(value)} is no range", where=one.key, advice="write it as 4..63")
    low, high = (json.loads(_plain(text)) for text in found.groups())
    if isinstance(one, Whole):
        if low != int(low) or high != int(high):
            raise ConfigError(f"{shown(value)} is no range of whole numbers", where=one.key, advice="write it as 4..63")
        now = one.now if one.now is not None and low <= one.now <= high else None
        return replace(one, low=int(low), high=int(high), now=now)
    now_ = one.now if one.now is not None and low <= one.now <= high else None
    return replace(one, low=float(low), high=float(high), now=now_)


def _held(one: Dimension, kept: list[Dimension]) -> Dimension:
    """A choice that is not searched itself: only its labels where something that is searched exists."""
    assert isinstance(one, Choice)  # only choices are depended on
    labels = {label for other in kept for label in other.when.get(one.key, ())}
    options = {label: value for label, value in one.options.items() if label in labels}
    return replace(one, options=options, now=one.now if one.now in options else None)


def _plain(text: str) -> str:
    """A number as JSON writes it: no leading plus, no bare point."""
    return repr(float(text)) if not re.fullmatch(r"-?(0|[1-9]\d*)", text) else text
