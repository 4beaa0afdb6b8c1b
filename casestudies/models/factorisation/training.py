"""From what was asked for to a fitted model: what the data allow, what is chosen, and the fit itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from casestudies.errors import ConfigError, DataError, shown
from casestudies.models.factorisation.baskets import checked_half_life
from casestudies.models.factorisation.defaults import Defaults, averaged, defaults_for
from casestudies.models.factorisation.explicit import ExplicitFit
from casestudies.models.factorisation.fitted import Feedback, Fitted
from casestudies.models.factorisation.growing import folded_of_late
from casestudies.models.factorisation.implicit import ImplicitFit
from casestudies.models.factorisation.recency import HalfLife, choose_half_life
from casestudies.models.factorisation.sidefeatures import Side, side_features
from casestudies.models.factorisation.timed import Timed, choose_timed
from casestudies.models.factorisation.vectors import Codes, Floats
from casestudies.tabular.interactions import Interactions

_SIDES: dict[str, tuple[Side, ...]] = {"none": (), "users": ("user",), "items": ("item",), "both": ("user", "item")}
_SMALL = 500_000  # ratings; with fewer, a second fit that says when to stop costs less than half a second
_SLICE = 0.05
_CHOOSERS = 2_000  # users on whom a half-life is chosen


@dataclass(frozen=True)
class Wanted:
    """The parameters of `MatrixFactorization`, checked.

    Raises
    ------
    ConfigError: one that makes no sense.
    """

    factors: int | None
    feedback: Literal["auto", "explicit", "implicit"]
    histories: str
    features: Sequence[str]
    snapshots: int | None
    epochs: int | None
    learning_rate: float | None
    ridge: float | None
    growth: float | None
    batches: int | None
    validation: float | Literal["auto"] | None
    timed: bool | Literal["auto"]
    half_life: float | Literal["auto"] | None
    random_state: int
    threads: int

    def __post_init__(self) -> None:
        for name, least in (
            ("factors", 1),
            ("snapshots", 0),
            ("epochs", 1),
            ("batches", 1),
            ("threads", 1),
            ("random_state", 0),
        ):
            value = getattr(self, name)
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if value is not None and not (whole and value >= least):
                raise ConfigError(f"{name} is {value!r}", advice=f"give a whole number from {least} up")
        for name in ("learning_rate", "ridge"):
            value = getattr(self, name)
            if value is not None and not 0 < value < np.inf:
                raise ConfigError(f"{name} is {value!r}", advice="give a finite number above 0, or None")
        if self.growth is not None and not 0 <= self.growth <= 1:
            raise ConfigError(f"growth is {self.growth!r}", advice="give a number from 0 to 1, or None")
        for name, known in (("feedback", ("auto", "explicit", "implicit")), ("histories", tuple(_SIDES))):
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} is {getattr(self, name)!r}", advice=f"give one of {', '.join(known)}")
        if self.validation not in ("auto", None) and not 0 < float(self.validation) < 0.5:
            raise ConfigError(f"validation is {self.validation!r}", advice="give a share below 0.5, 'auto' or None")
        if self.timed not in (True, False, "auto"):
            raise ConfigError(f"timed is {self.timed!r}", advice="give True, False or 'auto'")
        if self.half_life not in ("auto", None):
            checked_half_life(self.half_life)
        if isinstance(self.features, str):
            raise ConfigError(f"features is one text, {self.features!r}", advice=f"give [{self.features!r}]")


def fitted_on(data: Interactions, wanted: Wanted) -> Fitted:
    """The model of these interactions; see `MatrixFactorization.fit`."""
    _refuse_unusable(data)
    feedback, note = _feedback(data, wanted)
    fit = _explicit(data, wanted) if feedback == "explicit" else _implicit(data, wanted)
    half_life, notes = wanted.half_life, [note]
    timed, told = _timed(data, wanted, feedback)
    if told:
        notes.append(told)
    if isinstance(fit, ExplicitFit) and timed is not None:
        fit = replace(fit, timed=timed)
    if half_life == "auto":
        found = _half_life(data, fit, wanted.random_state)
        half_life = None if not isinstance(found, HalfLife) or found.chosen is None else found.chosen.half_life
        notes.append(str(found))
    fitted = fit(data)
    fitted = replace(fitted, notes=(*notes, *fitted.notes), half_life=half_life)
    if half_life is None:
        return fitted
    return replace(fitted, recent=folded_of_late(fitted, fitted.history, half_life))


def _timed(data: Interactions, wanted: Wanted, feedback: Feedback) -> tuple[Timed | None, str]:
    """What is to be taken off the ratings before the fit, and a sentence about it where it was asked for."""
    if not wanted.timed:
        return None, ""
    if feedback == "implicit":
        raise ConfigError("timed is of ratings, and the feedback is implicit", advice="leave it out")
    if data.time is None and wanted.timed is True:
        raise ConfigError("timed is True, and no times are known", advice="name their column, or leave it out")
    found = choose_timed(data, wanted.random_state)
    if isinstance(found, str):
        return None, found
    taken = found.clear or wanted.timed is True
    return (
        Timed.of(data, found.ridge) if taken else None
    ), f"{found} They are {'' if taken else 'not '}taken off before the fit."


def _explicit(data: Interactions, wanted: Wanted) -> ExplicitFit:
    histories = wanted.histories != "none"
    recipe = defaults_for(len(data), *data.shape, explicit=True, histories=histories)
    if wanted.snapshots:
        recipe = averaged(recipe, wanted.snapshots, histories=histories)
    recipe = _asked(recipe, wanted)
    share = wanted.validation
    if share == "auto":
        share = _SLICE if len(data) < _SMALL else None
    return ExplicitFit(
        recipe,
        _SIDES[wanted.histories],
        side_features(wanted.features, data.items, data.users),
        share,
        wanted.random_state,
        wanted.threads,
    )


def _implicit(data: Interactions, wanted: Wanted) -> ImplicitFit:
    if wanted.histories != "none":
        raise ConfigError(
            f"histories is {wanted.histories!r}, and implicit feedback is history already",
            advice="leave it out, or bring ratings",
        )
    rows = len(data) if data.weight is None else round(float(data.weight.sum(dtype=np.float64)))
    recipe = _asked(defaults_for(rows, *data.shape, explicit=False, histories=False), wanted)
    return ImplicitFit(
        recipe, side_features(wanted.features, data.items, data.users), wanted.random_state, wanted.threads
    )


def _asked(recipe: Defaults, wanted: Wanted) -> Defaults:
    """The defaults, but for what was asked for."""
    asked = {
        "factors": wanted.factors,
        "epochs": wanted.epochs,
        "rate": wanted.learning_rate,
        "ridge": wanted.ridge,
        "growth": wanted.growth,
        "batches": wanted.batches,
        "snapshots": wanted.snapshots,
    }
    return replace(recipe, **{name: value for name, value in asked.items() if value is not None})  # type: ignore[arg-type]


def _feedback(data: Interactions, wanted: Wanted) -> tuple[Feedback, str]:
    """What the interactions are taken for, and why."""
    if wanted.feedback != "auto":
        if wanted.feedback == "explicit" and data.rating is None:
            raise ConfigError(
                "feedback is 'explicit', and there are no ratings", advice="name their column, or use 'auto'"
            )
        return wanted.feedback, f"Taken for {wanted.feedback} feedback, as asked."
    if data.rating is None:
        return "implicit", "Taken for implicit feedback: there are no ratings."
    if np.ptp(data.rating) == 0:
        return "implicit", f"Taken for implicit feedback: all ratings are {data.rating[0]:g}."
    return "explicit", "Taken for explicit feedback: there are ratings, and they differ."


def _refuse_unusable(data: Interactions) -> None:
    if not len(data):
        raise DataError("there are no interactions", where="fit", advice="bring those of two users at least")
    for what, codes, ids in (("user", data.user, data.user_ids), ("item", data.item, data.item_ids)):
        if codes.min() == codes.max():
            raise DataError(
                f"all {len(data):,} interactions are of one {what}, {shown(ids[codes[0]])}",
                where="fit",
                advice=f"bring those of two {what}s at least, or look whether the columns are swapped",
            )
    for name, values in (("rating", data.rating), ("weight", data.weight)):
        if values is not None and not np.isfinite(values).all():
            wrong = ~np.isfinite(values)
            row = int(np.argmax(wrong)) + 1
            raise DataError(
                f"{int(wrong.sum()):,} values are missing or not finite",
                where=f"{name}, row {row}",
                advice="drop these rows",
            )


def _half_life(data: Interactions, fit: Callable[[Interactions], Fitted], seed: int) -> HalfLife | str:
    """The half-life that lists do best with, each user's last interaction held out; or why none was looked for."""
    if data.time is None:
        return "No half-life was looked for: no times are known."
    several = np.flatnonzero(data.by_user.counts > 2)
    if not len(several):
        return "No half-life was looked for: nobody has three interactions."
    if len(several) > _CHOOSERS:
        several = np.sort(np.random.default_rng([seed, 3]).choice(several, _CHOOSERS, replace=False))
    last = data.by_user.order[data.by_user.starts[several + 1] - 1]
    before = np.ones(len(data), bool)
    before[last] = False
    history = data.take(before)
    fitted = fit(history)
    chosen = np.zeros(data.shape[0], bool)
    chosen[several] = True
    theirs = fitted.history.take(chosen[history.user])
    own = np.ones(len(theirs), np.float32) if theirs.weight is None or fitted.explicit else theirs.weight

    def scored(weights: Floats) -> Callable[[Codes], Floats]:
        users, bias = fitted.fold.users(theirs, weights * own)
        return replace(fitted.vectors, users=users, user_bias=bias).scores

    return choose_half_life(theirs, data.take(last), scored)
