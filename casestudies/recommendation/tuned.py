"""What is searched of the factorisations, and by which figures."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from casestudies.tuning import Choice, Goal, Real, Space, Whole
from casestudies.tuning.space import Dimension
from casestudies.workflow.tuned.tunable import Prepared, Tunable

if TYPE_CHECKING:
    from casestudies.runs import RunWriter
    from casestudies.workflow.studies import Study

FAMILY = "model.candidates"
SERVED = ("factorisation", "implicit")
_BY_SIZE = "by size"


def goals(settings: Any) -> tuple[Goal, ...]:
    return (
        Goal("ndcg", "maximise", f"NDCG of {settings.judging.k} items", digits=4),
        Goal("rmse", "minimise", "RMSE of ratings", digits=4),
    )


def space(settings: Any) -> Space:
    """The factorisations that a run compares; popularity, levels and EASE stay beside the chosen one as yardsticks.

    Not searched: epochs, which are enough for the rates there are; the half-life, which a run chooses by itself.
    """
    asked = settings.model
    names = [name for name in asked.candidates if name in SERVED] or ["implicit"]
    beside = [name for name in asked.candidates if name not in SERVED]
    ratings = {FAMILY: tuple(name for name in names if name == "factorisation")}
    found: list[Dimension] = [
        Choice(FAMILY, {name: [*beside, name] for name in names}),
        _whole("model.factors", asked.factors, (8, 16, 32, 64, 128), {FAMILY: tuple(names)}),
    ]
    if ratings[FAMILY]:
        histories = {name: name for name in ("none", "users", "items", "both")}
        found += [
            _real("model.rate", asked.rate, (0.005, 0.01, 0.02, 0.04), ratings),
            _real("model.ridge", asked.ridge, (0.05, 0.1, 0.2, 0.4, 0.8), ratings),
            Choice("model.histories", histories, when=ratings, now=asked.histories),
        ]
    return Space(tuple(found))


def _real(key: str, now: float | None, values: tuple[float, ...], when: Mapping[str, tuple[str, ...]]) -> Dimension:
    """Around a number that is set; where the size of the data decides, that beside some numbers."""
    if now is None:
        return Choice(key, {_BY_SIZE: None, **{f"{value:g}": value for value in values}}, when=when, now=_BY_SIZE)
    return Real(key, now / 4, now * 4, log=True, when=when, now=now)


def _whole(key: str, now: int | None, values: tuple[int, ...], when: Mapping[str, tuple[str, ...]]) -> Dimension:
    if now is None:
        return Choice(key, {_BY_SIZE: None, **{f"{value}": value for value in values}}, when=when, now=_BY_SIZE)
    return Whole(key, max(1, now // 4), now * 4, log=True, when=when, now=now)


def _opened(
    study: Study, settings: Any, request: Mapping[str, Any], writer: RunWriter
) -> AbstractContextManager[Prepared]:
    from casestudies.recommendation.tuned_bench import opened_interactions

    return opened_interactions(study, settings, request, writer)


FACTORISATIONS = Tunable(goals, space, _opened, family=FAMILY, budget="20", nested=False)
