"""What is searched of the models of one table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from casestudies.models.costsensitive.names import by_name
from casestudies.tuning import Choice, Goal, Real, Space, Whole
from casestudies.tuning.space import Dimension
from casestudies.workflow.models import ModelSettings, fitting
from casestudies.workflow.tuned.tunable import Prepared, Tunable

if TYPE_CHECKING:
    from casestudies.runs import RunWriter
    from casestudies.workflow.studies import Study

FAMILY = "model.candidates"
_MEAN = "mean"
_AS_SET = "as set"


def table_goals(settings: Any) -> tuple[Goal, ...]:
    """Money first where there is any, as the champion is chosen."""
    unit = settings.cost.currency or "cost units"
    money = (Goal("cost", "minimise", "Cost a row", unit, 2),) if settings.cost.given else ()
    return (*money, Goal("log_loss", "minimise", "Log loss", digits=5), Goal("auc", "maximise", "AUC", digits=4))


def table_space(settings: ModelSettings) -> Space:
    """The candidates that the study compares, each with the settings of its kind.

    Not searched: the number of trees, which says how far a learning rate goes and costs time in proportion; and the strength
    of a convex linear model's penalty, whose whole path is fitted and cross-validated in every single fit, unless it is set.
    """
    names, _ = fitting(settings.model.candidates, money=settings.cost.given, whole=False)
    families = Choice(FAMILY, {name: _candidates(names, name) for name in names})
    return Space((families, *_trees(settings, names), *_linear(settings, names), *_card(settings, names)))


def _candidates(names: list[str], name: str) -> list[str]:
    """A mean stands beside what it is a mean of."""
    if name != _MEAN:
        return [name]
    return [*(one for one in names if one != _MEAN and by_name(one)[1] == "log"), _MEAN]


def _of(kind: str, names: list[str]) -> tuple[str, ...]:
    """The families that fit a model of that kind; a mean fits those that are taught log loss."""
    own = [name for name in names if name != _MEAN and by_name(name)[0] == kind]
    mean = _MEAN in names and any(by_name(name)[1] == "log" for name in own)
    return (*own, *([_MEAN] if mean else []))


def _trees(settings: ModelSettings, names: list[str]) -> list[Dimension]:
    if not (families := _of("lightgbm", names)):
        return []
    when, trees = {FAMILY: families}, settings.model.trees
    leaves, rate, rows = trees.leaves, trees.learning_rate, trees.min_rows
    return [
        Whole("model.trees.leaves", min(3, leaves), max(63, leaves), log=True, when=when, now=leaves),
        Real("model.trees.learning_rate", min(0.01, rate), max(0.2, rate), log=True, when=when, now=rate),
        Whole("model.trees.min_rows", min(5, rows), max(200, rows), log=True, when=when, now=rows),
    ]


def _linear(settings: ModelSettings, names: list[str]) -> list[Dimension]:
    families = _of("logistic", names)
    convex = tuple(name for name in families if name == _MEAN or by_name(name)[1] not in ("cost", "focal"))
    beyond = tuple(name for name in families if name not in convex)
    model, found = settings.model, list[Dimension]()
    if convex:
        set_ = list(model.penalties)
        options: dict[str, Any] = {name: [name] for name in ("l2", "l1", "elasticnet")}
        penalty = set_[0] if len(set_) == 1 else _AS_SET
        options |= {_AS_SET: set_} if penalty == _AS_SET else {}
        ratio = min(max(model.l1_ratio, 0.05), 0.95)
        found += [
            Choice("model.penalties", options, when={FAMILY: convex}, now=penalty),
            Choice(
                "model.choose", {name: name for name in ("best", "one_se")}, when={FAMILY: convex}, now=model.choose
            ),
            Real("model.l1_ratio", 0.05, 0.95, when={FAMILY: convex, "model.penalties": ("elasticnet",)}, now=ratio),
        ]
    whose = beyond if model.C == "cv" else families  # a strength that is set is not chosen in the fit
    if whose:
        now = 1.0 if model.C == "cv" else float(model.C)  # what cv stands for, of losses that are not convex
        found.append(Real("model.C", min(1e-3, now), max(10.0, now), log=True, when={FAMILY: whose}, now=now))
    return found


def _card(settings: ModelSettings, names: list[str]) -> list[Dimension]:
    if not (families := _of("scorecard", names)):
        return []
    when, card = {FAMILY: families}, settings.model.card
    most = card.max_bins
    methods = {name: name for name in ("steps", "woe", "cv")}
    return [
        Choice("model.card.method", methods, when=when, now=card.method),
        Whole("model.card.max_bins", min(4, most), max(30, most), when=when, now=most),
        Choice("model.card.choose", {name: name for name in ("best", "one_se")}, when=when, now=card.choose),
    ]


def _opened(
    study: Study, settings: Any, request: Mapping[str, Any], writer: RunWriter
) -> AbstractContextManager[Prepared]:
    from casestudies.workflow.tuned.tables import opened  # those who only ask what is searched load no model

    return opened(study, settings, request, writer)


TABLES = Tunable(table_goals, table_space, _opened, family=FAMILY)
