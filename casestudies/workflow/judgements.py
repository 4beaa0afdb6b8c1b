"""What a run answered on the rows it was judged by, kept so that another run can be laid beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from casestudies.decisions import Costs
from casestudies.metrics import METRICS, Answers, bootstrap
from casestudies.metrics.bootstrap import resamples

Array = NDArray[Any]
_FIGURES = (
    *("savings", "expected_cost", "auc", "ap", "log_loss", "brier", "ece"),
    *("precision", "sensitivity", "specificity"),
)
_TITLES: Mapping[str, str] = {
    "savings": "Savings against the best constant decision",
    "auc": "AUC",
    "ap": "Average precision",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "ece": "Calibration error (ECE)",
    "precision": "Precision",
    "sensitivity": "Caught (sensitivity)",
    "specificity": "Rightly left alone (specificity)",
}


@dataclass(frozen=True, eq=False)
class Resampled:
    """One figure of one run, on its rows and on resamples of them.

    Parameters
    ----------
    higher_is_better: None where neither end is good in itself. money: whether it rests on prices. value: nan where it
        is undefined. draws: (rounds,). undefined: why there is no figure, said after "because".
    """

    title: str
    unit: str
    higher_is_better: bool | None
    money: bool
    value: float
    draws: Array
    undefined: str


@dataclass(frozen=True)
class Resampling:
    """How rows are drawn: rounds, coverage of the intervals, seed."""

    rounds: int
    level: float
    seed: int


class Judgements(Protocol):
    """The judged rows of one run, in any order.

    source: fingerprint of the data. places: (rows,) where each row stands in them. names: (rows,) what each row is
    called by the analyst; None without such names. outcome: (rows,) what was true of it. group: (rows,) what must not
    be split apart; None = nothing. prices: what figures in money rest on, as text; equal texts, comparable money.
    what: rows in words.
    """

    @property
    def source(self) -> str: ...
    @property
    def places(self) -> Array: ...
    @property
    def names(self) -> Array | None: ...
    @property
    def outcome(self) -> Array: ...
    @property
    def group(self) -> Array | None: ...
    @property
    def prices(self) -> str: ...
    @property
    def what(self) -> str: ...

    def figures(self, at: Array, group: Array | None, how: Resampling) -> dict[str, Resampled]:
        """Every figure on the rows `at`; the same rows, groups and seed give the same resamples to every run."""
        ...


@dataclass(frozen=True, eq=False)
class Scored:
    """Rows with an outcome, a probability and a decision.

    Parameters
    ----------
    outcome: (rows,) 0/1. p: (rows,) probability of the event. act: (rows,) bool. weight: (rows,).
    costs: of the same rows; None without prices. unit: of money. row: one row in words.
    """

    source: str
    places: Array
    names: Array | None
    outcome: Array
    group: Array | None
    prices: str
    what: str
    row: str
    unit: str
    p: Array
    act: Array
    weight: Array
    costs: Costs | None

    def figures(self, at: Array, group: Array | None, how: Resampling) -> dict[str, Resampled]:
        names = [name for name in _FIGURES if self.costs is not None or "costs" not in METRICS[name].needs]
        told = bootstrap(
            self.outcome[at],
            {"": Answers(self.p[at], self.act[at])},
            costs=None if self.costs is None else self.costs.take(at),
            weight=self.weight[at],
            groups=group,
            metrics=names,
            rounds=how.rounds,
            level=how.level,
            seed=how.seed,
        )
        out = {}
        for name in names:
            metric, money = METRICS[name], "costs" in METRICS[name].needs
            out[name] = Resampled(
                _TITLES.get(name, f"Cost per {self.row}"),
                self.unit if name == "expected_cost" else metric.unit,
                metric.higher_is_better,
                money,
                told.intervals[""][name].value,
                told.draws[""][name],
                metric.undefined,
            )
        return out


@dataclass(frozen=True)
class Meaning:
    """How a figure of single rows is called and read; as in `Resampled`."""

    title: str
    unit: str = ""
    higher_is_better: bool | None = True


@dataclass(frozen=True, eq=False)
class Rated:
    """Rows with figures of their own, whose mean is told: customers with the NDCG of their list.

    Parameters
    ----------
    values: {figure: (rows,)}; nan where a row has none. meanings: {figure: how it is read}.
    """

    source: str
    places: Array
    names: Array | None
    outcome: Array
    group: Array | None
    what: str
    values: Mapping[str, Array]
    meanings: Mapping[str, Meaning]
    prices: str = ""

    def figures(self, at: Array, group: Array | None, how: Resampling) -> dict[str, Resampled]:
        table = np.column_stack([self.values[name][at] for name in self.values]).astype(np.float64)
        held = np.isfinite(table)
        table = np.where(held, table, 0.0)
        ones = np.ones((1, len(at)))
        chunks = [_means(chunk, table, held) for chunk in resamples(len(at), how.rounds, how.seed, group)]
        value, draws = _means(ones, table, held)[0], np.concatenate(chunks)
        return {
            name: Resampled(
                told.title, told.unit, told.higher_is_better, False, float(value[n]), draws[:, n], "no row has one"
            )
            for n, (name, told) in enumerate((name, self.meanings[name]) for name in self.values)
        }


def _means(weight: Array, table: Array, held: Array) -> Array:
    """(rounds, columns) weighted means of what each column holds; nan where it holds nothing."""
    mass = weight @ held.astype(np.float64)
    return np.divide(weight @ table, mass, out=np.full(mass.shape, np.nan), where=mass > 0)


def of_table(told: Any) -> Scored | None:
    """The judged rows of a study that compares models of one table; None of any other folder.

    Parameters
    ----------
    told: `findings.Findings`.
    """
    from casestudies.workflow.findings import Findings

    if not isinstance(told, Findings) or told.champion not in told.scores():
        return None
    rows = told.predictions
    return Scored(
        source=str(told.profile["source"]["sha256"]),
        places=rows["row"].to_numpy(),
        names=rows["id"].to_numpy() if "id" in rows else None,
        outcome=told.y,
        group=rows["group"].to_numpy() if "group" in rows else None,
        prices=json.dumps({**(told.decision["costs"] or {}), "currency": told.unit}, sort_keys=True),
        what=told.study.words.rows,
        row=told.study.words.row,
        unit=told.unit,
        p=told.scores()[told.champion],
        act=rows[f"act:{told.champion}"].to_numpy(dtype=bool),
        weight=told.weight,
        costs=told.costs,
    )
