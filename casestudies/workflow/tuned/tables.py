"""Settings tried on the rows of a table, with the study's own folds, calibration and decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.metrics import auc
from casestudies.models.recipes import Recipe
from casestudies.runs import RunWriter
from casestudies.tabular.split import Split
from casestudies.workflow.compare import Plan, Sample, train_one
from casestudies.workflow.limits import in_sample
from casestudies.workflow.load import load, rule_of
from casestudies.workflow.models import recipes_of
from casestudies.workflow.sample import sample_of, split_of
from casestudies.workflow.studies import Study
from casestudies.workflow.table_record import TableRecord
from casestudies.workflow.tuned.table_space import table_goals
from casestudies.workflow.tuned.tunable import Outer, Prepared, Scores, applied

_EDGE = 1e-15


@dataclass(frozen=True, eq=False)
class TableBench:
    """The training rows of a table.

    sample: these rows. base: the study's settings. kinds: {feature: its kind}. judged_too: every row is judged out of fold in a
    run, so that what is chosen here has seen all of them. step: called before each fit; it may raise to stop.
    """

    sample: Sample
    model: type[Any]
    base: Any
    kinds: Mapping[str, str]
    plan: Plan
    judged_too: bool
    step: Callable[[], None]
    refitted: bool = True
    early: bool = False  # a fit cross-fits all of its folds at once

    @property
    def goals(self) -> frozenset[str]:
        return frozenset(goal.name for goal in table_goals(self.base))

    @property
    def sentence(self) -> str:
        rows = f"{len(self.sample.y):,} rows"
        whole = (
            f"all {rows}, each of which a run judges out of fold"
            if self.judged_too
            else f"the {rows} that a run trains on"
        )
        alone = "" if self.judged_too else " The rows that judge a run have no say in it."
        return (
            f"Each trial is scored by {self.plan.folds}-fold cross-validation on {whole}: margins are cross-fitted, then "
            f"calibrated and decided on as in a run.{alone}"
        )

    @property
    def limits(self) -> tuple[str, ...]:
        if not self.judged_too:
            return ()
        return (
            "No rows are held out from the search: a run judges every row out of fold, so the settings were chosen on the rows "
            "that a run with them is judged by, and its figures will flatter them a little. A nested search does not.",
        )

    def trial(self, settings: Mapping[str, Any]) -> Iterator[Scores]:
        trained = train_one(self._recipe(settings), self.sample, self.plan)
        folds = self.sample.fold_labels(self.plan.folds, self.plan.seed)
        weight = self.sample.weight
        for fold in np.unique(folds):
            held = folds == fold
            total = weight[held].sum()
            yield {
                "cost": float(trained.loss[held].sum() / total),
                "log_loss": float(trained.surprise[held].sum() / total),
                "auc": auc(self.sample.y[held], trained.fit.margins[held], weight[held]),
            }

    def outer(self, folds: int) -> Sequence[Outer]:
        labels = self.sample.fold_labels(folds, self.plan.seed + 1)
        return [self._outer(np.flatnonzero(labels != one), np.flatnonzero(labels == one)) for one in np.unique(labels)]

    def _outer(self, train: NDArray[np.intp], test: NDArray[np.intp]) -> Outer:
        part, held = replace(self, sample=self.sample.take(train)), self.sample.take(test)

        def judged(settings: Mapping[str, Any]) -> Scores:
            trained = train_one(part._recipe(settings), part.sample, part.plan)
            p = trained.model.probability(held.frame)
            return _scores(held, p, trained.decider.act(p, held.costs))

        return Outer(part, judged)

    def _recipe(self, settings: Mapping[str, Any]) -> Recipe:
        """The last candidate: a mean stands behind what it is a mean of."""
        self.step()
        return recipes_of(applied(self.model, self.base, settings), self.kinds)[-1]


def _scores(held: Sample, p: NDArray[np.float64], act: NDArray[np.bool_]) -> Scores:
    kept = np.clip(p, _EDGE, 1 - _EDGE)
    loss = -np.log(np.where(held.y > 0, kept, 1 - kept))
    found = {"log_loss": float(np.average(loss, weights=held.weight)), "auc": auc(held.y, p, held.weight)}
    if held.costs is not None:
        cost = held.costs.base(held.y) + held.costs.slope(held.y) * act
        found["cost"] = float(np.average(cost, weights=held.weight))
    return found


@contextmanager
def opened(study: Study, settings: Any, request: Mapping[str, Any], writer: RunWriter) -> Iterator[Prepared]:
    """Read, check and split as a run would, and keep the training rows."""
    record = TableRecord(writer, study, settings, request)
    record.stage("check")(0.0, "reading and checking the table")
    loaded = load(
        study,
        settings,
        Path(request["data"]) if request.get("data") else None,
        incumbent=settings.model.incumbent,
        leaks_allowed=settings.model.leaks_allowed,
        files={name: Path(path) for name, path in request.get("files", {}).items()},
    )
    split = split_of(loaded, settings)
    record.data(loaded, split)
    loaded.checked.problems.raise_if_errors(loaded.checked.source.name)
    sample = sample_of(loaded)
    plan = Plan(
        in_sample(rule_of(settings), loaded.whole),
        settings.model.calibrate,
        settings.split.folds,
        settings.seed,
        settings.model.champion,
    )
    kinds = {name: loaded.checked.kinds[name] for name in loaded.checked.features}
    yield Prepared(
        TableBench(_training(sample, split), study.settings, settings, kinds, plan, split.out_of_fold, writer.poll),
        record,
        loaded.synthetic,
    )


def _training(sample: Sample, split: Split) -> Sample:
    return sample if split.out_of_fold else sample.take(split.train)
