"""Settings of the factorisations tried on the validation rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.metrics.ranking import ranking_metric
from casestudies.models.factorisation.base import Recommender
from casestudies.recommendation.comparison import Recipes
from casestudies.recommendation.panel import Panel
from casestudies.recommendation.reading import divided, opened
from casestudies.recommendation.record import RecommendationRecord
from casestudies.recommendation.splits import Parts
from casestudies.recommendation.tuned import SERVED
from casestudies.runs import RunWriter
from casestudies.tabular.interactions import Interactions
from casestudies.workflow.studies import Study
from casestudies.workflow.tuned.tunable import Outer, Prepared, Scores, applied

GROUPS = 5  # of customers, each with a score of its own


@dataclass(frozen=True, eq=False)
class FactorBench:
    """Fitted on the training rows, scored on the validation rows; the test rows are never looked at.

    step: called before each fit; it may raise to stop.
    """

    data: Interactions
    parts: Parts
    model: type[Any]
    base: Any
    step: Callable[[], None]
    refitted: bool = False
    early: bool = False  # one fit is judged by all groups of customers

    @property
    def goals(self) -> frozenset[str]:
        return frozenset({"ndcg", "rmse"} if self.data.explicit else {"ndcg"})

    @property
    def sentence(self) -> str:
        return (
            f"Each trial is fitted once on {len(self.parts.train):,} training rows and judged on {len(self.parts.valid):,} validation "
            f"rows, in {GROUPS} groups of customers drawn at random: the spread between them is that of customers, not of fits. "
            "The rows that judge a run have no say in it."
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return (
            "A run may serve the same factorisation with younger choices counting more (implicit_recent), whose half-life it "
            "chooses itself; the search scores it without.",
            "The validation rows choose a run's champion, too: it is judged on the test rows alone.",
        )

    def trial(self, settings: Mapping[str, Any]) -> Iterator[Scores]:
        self.step()
        asked = applied(self.model, self.base, settings)
        name = next(name for name in reversed(asked.model.candidates) if name in SERVED)
        if not self.data.explicit:
            name = "implicit"
        fitted = Recipes(asked.model, asked.seed, asked.run.threads).made(name).fit(self.data.take(self.parts.train))
        ndcg, missed = self._ndcg(fitted), self._missed(fitted)
        for group in range(GROUPS):
            scores = {"ndcg": float(ndcg[self._group[self._panel.users] == group].mean())}
            if missed is not None:
                own = self._group[self.data.user[self.parts.valid]] == group
                scores["rmse"] = float(np.sqrt(missed[own].mean()))
            yield scores

    def outer(self, folds: int) -> Sequence[Outer]:
        return ()  # `Tunable.nested` says so before

    @cached_property
    def _group(self) -> NDArray[np.intp]:
        """(users,)"""
        return np.random.default_rng(self.base.seed).permutation(self.data.shape[0]) % GROUPS

    @cached_property
    def _panel(self) -> Panel:
        judging, parts = self.base.judging, self.parts
        return Panel.of(
            self.data,
            parts.train,
            parts.valid,
            liked=judging.liked,
            repeats=judging.repeats,
            most=judging.most,
            seed=self.base.seed,
        )

    def _ndcg(self, fitted: Recommender) -> NDArray[np.float64]:
        """(judged users,)"""
        k = self.base.judging.k
        of = ranking_metric(f"ndcg_at_{k}").per_user
        assert of is not None  # of each user by its definition
        return np.asarray(of(self._panel.rank(fitted, k)[0]))

    def _missed(self, fitted: Recommender) -> NDArray[np.float64] | None:
        """(validation rows,) squared errors of the ratings; nan of a model that gives none; None without ratings."""
        if self.data.rating is None:
            return None
        rows = self.parts.valid
        if not fitted.rates:
            return np.full(len(rows), np.nan)
        rated = fitted.rate(self.data.user[rows], self.data.item[rows])
        return np.asarray((self.data.rating[rows] - rated) ** 2, dtype=np.float64)


@contextmanager
def opened_interactions(
    study: Study, settings: Any, request: Mapping[str, Any], writer: RunWriter
) -> Iterator[Prepared]:
    """Read and divide as a run would."""
    record = RecommendationRecord(writer, study, settings, request)
    record.stage("check")(0.0, "reading and checking the interactions")
    path = Path(request["data"]) if request.get("data") else None
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    with opened(study, settings, path, files) as loaded:
        parts = None if loaded.problems.errors else divided(loaded, settings)
        record.data(loaded, parts)
        data = loaded.data  # raises what has to be mended
        assert parts is not None
        yield Prepared(FactorBench(data, parts, study.settings, settings, writer.poll), record, loaded.synthetic)
