"""Settings of the network tried on folds of patients; the patients that judge a run are never looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from casestudies.errors import ConfigError, DataError
from casestudies.imaging.audit import audit, doubts
from casestudies.imaging.conduct import FEATURES
from casestudies.imaging.decision import Decision
from casestudies.imaging.films import Films
from casestudies.imaging.fitting import fit
from casestudies.imaging.reading import opened
from casestudies.imaging.record import ImagingRecord
from casestudies.imaging.splits import Parts, divided
from casestudies.imaging.tuned import goals
from casestudies.metrics import auc, log_loss
from casestudies.runs import RunWriter
from casestudies.workflow.studies import Study
from casestudies.workflow.tuned.tunable import Outer, Prepared, Scores, applied

FOLDS = 3
_ONE = {"model.networks": 1}  # of the mean of several only one is fitted in a trial
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ImageBench:
    """The images that a run learns from and chooses on, in folds of patients, twins together.

    groups: (images,) numbers; images of one patient, and twins, share one. step: called before each epoch; it may raise to
    stop.
    """

    films: Films
    groups: Rows
    model: type[Any]
    base: Any
    step: Callable[[], None]
    refitted: bool = True
    early: bool = True

    @property
    def goals(self) -> frozenset[str]:
        return frozenset(goal.name for goal in goals(self.base))

    @property
    def sentence(self) -> str:
        whom = "patients" if self.films.patients_known else "images and groups of twins"
        return (
            f"Each trial is scored on {FOLDS} folds of {whom} among the {len(self.films):,} images that a run learns from and "
            "chooses on: one network learns and is calibrated on the other folds, and is judged on this one. The patients that "
            "judge a run have no say in it."
        )

    @property
    def limits(self) -> tuple[str, ...]:
        if self.base.model.networks == 1:
            return ()
        return (
            f"A trial fits one network; a run takes the mean of {self.base.model.networks}, which is better and may be so by "
            "less for settings that differ little from seed to seed.",
        )

    def trial(self, settings: Mapping[str, Any]) -> Iterator[Scores]:
        for train, test in _folds(self.films, self.groups, FOLDS, self.base.seed):
            yield self._judged(settings, train, test)

    def outer(self, folds: int) -> Sequence[Outer]:
        return [self._outer(*rows) for rows in _folds(self.films, self.groups, folds, self.base.seed + 1)]

    def _outer(self, train: Rows, test: Rows) -> Outer:
        inside = replace(self, films=self.films.take(train), groups=self.groups[train])
        return Outer(inside, lambda settings: self._judged(settings, train, test))

    def _judged(self, settings: Mapping[str, Any], rest: Rows, test: Rows) -> Scores:
        """One network and its head, learnt and calibrated on `rest`, on `test`."""
        asked = applied(self.model, self.base, {**settings, **_ONE})
        folds = max(2, round(1 / asked.split.validation))
        inner = self.films.take(rest)
        learnt, chosen = next(iter(_folds(inner, self.groups[rest], folds, asked.seed)))
        train, validation = rest[learnt], rest[chosen]
        parts = Parts(train, validation, test, "patients", "")
        fitted = fit(self.films, parts, asked, None, lambda fraction, message: self.step())
        logits, films = fitted.logits[fitted.champion], self.films
        decision = Decision.learnt(logits[validation], films.label[validation], films.patient[validation], asked.decide)
        p, y = decision.probability(logits[test]), films.label[test].astype(np.float64)
        act, price = decision.act(p), asked.decide
        cost = np.where(y > 0, price.miss * ~act, price.alarm * act)
        return {"log_loss": log_loss(y, p), "auc": auc(y, p), "cost": float(cost.mean())}


def _folds(films: Films, groups: Rows, folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """(train, test) positions; classes in even shares, groups whole.

    Raises
    ------
    DataError: too few patients of a class.
    """
    fewest = min(len(np.unique(groups[films.label == code])) for code in (0, 1))
    if fewest < folds:
        what = f"{fewest} patients of a class are too few for {folds} folds"
        raise DataError(what, where="tune", advice="use more images")
    made = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    yield from made.split(np.zeros(len(films)), films.label, groups)


@contextmanager
def opened_images(study: Study, settings: Any, request: Mapping[str, Any], writer: RunWriter) -> Iterator[Prepared]:
    """Read, audit and divide as a run would, and keep what it learns from and chooses on."""
    record = ImagingRecord(writer, study, settings, request)
    record.stage("check")(0.0, "reading and checking the images")
    path = Path(request["data"]) if request.get("data") else None
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    if FEATURES in files:
        what = "the features come ready-made, so there is no network to tune"
        raise ConfigError(what, where=f"data.files.{FEATURES}", advice="leave the file out")
    with opened(study, settings, path, files) as loaded:
        if loaded.read.problems.errors:
            record.data(loaded, None, None)
            loaded.read.problems.raise_if_errors(loaded.read.source.name)
        films = loaded.read.films
        audited = audit(films, settings.audit)
        loaded.read.problems.extend(doubts(films, audited))
        parts = divided(films, audited, settings.split, settings.audit, settings.seed)
        record.data(loaded, audited, parts)
        known = np.sort(np.concatenate([parts.train, parts.validation]))
        bench = ImageBench(films.take(known), audited.groups[known], study.settings, settings, writer.poll)
        yield Prepared(bench, record, loaded.synthetic)
