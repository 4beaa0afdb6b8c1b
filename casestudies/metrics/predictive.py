"""Predictive values: what a decision means for the person it falls on, in a population with so many diseased."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from casestudies.errors import ConfigError
from casestudies.metrics.cases import Array
from casestudies.metrics.metric import Metric, single
from casestudies.metrics.weighed import Weighed, ratio


def ppv(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None, *, prevalence: float | None = None) -> float:
    """The share of those acted on who have the event, at a stated share of events.

    Parameters
    ----------
    y: (rows,) 0/1, 1 = the event. act: (rows,) bool, True = acted on. weight: (rows,) row weights, default ones.
    prevalence: share with the event where the decision is meant to be used; None: as in the rows.

    Returns
    -------
    0 to 1, by Bayes' rule from sensitivity and specificity; nan when nobody is acted on.

    Raises
    ------
    ConfigError: a prevalence that is not between 0 and 1.

    Source: Altman and Bland 1994, "Diagnostic tests 2: predictive values", BMJ 309.
    """
    return single(partial(_ppv, _checked(prevalence)), y, weight, act=act)


def npv(y: ArrayLike, act: ArrayLike, weight: ArrayLike | None = None, *, prevalence: float | None = None) -> float:
    """The share of those left alone who do not have the event, at a stated share of events; parameters as for `ppv`."""
    return single(partial(_npv, _checked(prevalence)), y, weight, act=act)


def ppv_metric(prevalence: float | None) -> Metric:
    """`ppv` for `bootstrap`."""
    meaning = f"Of those acted on, the share with the event{_where(prevalence)}."
    return _metric(
        "ppv", partial(ppv, prevalence=prevalence), partial(_ppv, _checked(prevalence)), meaning, "nobody is acted on"
    )


def npv_metric(prevalence: float | None) -> Metric:
    """`npv` for `bootstrap`."""
    meaning = f"Of those left alone, the share without the event{_where(prevalence)}."
    return _metric(
        "npv", partial(npv, prevalence=prevalence), partial(_npv, _checked(prevalence)), meaning, "all are acted on"
    )


def _metric(name: str, function: partial[float], over: partial[Array], meaning: str, undefined: str) -> Metric:
    return Metric(
        name=name,
        function=function,
        over=over,
        needs=frozenset({"act"}),
        unit="",
        higher_is_better=True,
        meaning=meaning,
        undefined=f"{undefined}, or the rows hold one class only",
    )


def _ppv(prevalence: float | None, seen: Weighed) -> Array:
    caught, alarms, _, _ = _shares(prevalence, seen)
    return ratio(caught, caught + alarms)


def _npv(prevalence: float | None, seen: Weighed) -> Array:
    _, _, missed, rest = _shares(prevalence, seen)
    return ratio(rest, rest + missed)


def _shares(prevalence: float | None, seen: Weighed) -> tuple[Array, Array, Array, Array]:
    """(rounds,) each: shares of the population that are caught, alarmed, missed and rightly left alone."""
    share = ratio(seen.events, seen.total) if prevalence is None else np.full(len(seen.total), prevalence)
    found, alarmed = ratio(seen.acted[0], seen.events), ratio(seen.acted[1], seen.others)
    return share * found, (1.0 - share) * alarmed, share * (1.0 - found), (1.0 - share) * (1.0 - alarmed)


def _checked(prevalence: float | None) -> float | None:
    if prevalence is not None and not 0.0 < prevalence < 1.0:
        raise ConfigError(f"{prevalence} is not a share of diseased", where="prevalence", advice="write 0.006, say")
    return prevalence


def _where(prevalence: float | None) -> str:
    return "" if prevalence is None else f" where {100 * prevalence:g} % have it"
