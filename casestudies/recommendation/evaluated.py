"""A run's frozen lists judged by what customers took afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from casestudies.errors import DataError
from casestudies.metrics import Interval
from casestudies.metrics.bootstrap import resamples
from casestudies.metrics.intervals import percentile
from casestudies.models.factorisation.base import Recommender
from casestudies.models.factorisation.popularity import Popularity
from casestudies.models.factorisation.vectors import Codes, Floats, Times
from casestudies.recommendation.arrivals import Arrivals, arrived
from casestudies.recommendation.evaluation import POPULARITY, Evaluation, evaluate
from casestudies.tabular import Problems
from casestudies.tabular.read import read_table
from casestudies.workflow.evaluated.asked import Parent
from casestudies.workflow.evaluated.record import EvaluatedRecord
from casestudies.workflow.evaluated.told import ends, verdict_told
from casestudies.workflow.evaluated.verdict import Evidence, Power, verdict
from casestudies.workflow.load import read_options

if TYPE_CHECKING:
    from casestudies.models.factorisation.estimator import MatrixFactorization
    from casestudies.recommendation.predictor import RecommendationPredictor
    from casestudies.runs import RunWriter
    from casestudies.tabular.interactions import Interactions
    from casestudies.workflow.settings import Interval as Coverage
    from casestudies.workflow.studies import Study

_FIGURES = ("ndcg_at", "recall_at", "hit_rate_at")  # that a run keeps of each customer
_NEWCOMERS = "{:,} of {:,} judged customers are new to the run: they are listed what is popular, and the verdict is about the others"
_KNOWN = "all {:,} judged customers were known to the run"


@dataclass(frozen=True, eq=False)
class Frozen:
    """The saved model as a recommender of a longer history: customers it has not met are listed what is popular.

    popularity: (items,) interactions of each item in the stored history.
    """

    name: str
    model: MatrixFactorization
    popularity: NDArray[np.intp]

    @property
    def rates(self) -> bool:
        return self.model.rates

    def fit(self, data: Interactions) -> Frozen:
        """Raises TypeError: it is frozen."""
        raise TypeError("a frozen model is not fitted again")

    def scores(self, users: Codes) -> Floats:
        """(users, items); see `Recommender`."""
        met = self._met(users)
        out = np.tile(self.popularity.astype(np.float32), (len(users), 1))
        if met.any():
            out[met] = self.model.scores(users[met])
        return out

    def rate(self, users: Codes, items: Codes, time: Times | None = None) -> Floats:
        """(pairs,) the expected rating; of customers it has not met, what anybody gives the item."""
        fitted, met = self.model.fitted_, self._met(users)
        out = (fitted.vectors.mean + fitted.vectors.item_bias[items]).astype(np.float32)
        if met.any():
            when = None if time is None else time[met]
            out[met] = self.model.rate(users[met], items[met], when)
        return out

    def _met(self, users: Codes) -> NDArray[np.bool_]:
        return users < self.model.fitted_.data.shape[0]


def conduct(study: Study, told_as: Study, request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do a whole evaluation into a folder; see `workflow.evaluated.conduct`."""
    settings: Any = study.settings.model_validate(request["config"])
    parent = Parent.beside(writer.folder, request["parent"])
    record = EvaluatedRecord(writer, told_as, settings, request, parent)
    record.stage("check")(0.0, "reading what was taken since")
    opened: Any = study.open(parent.folder)
    predictor: RecommendationPredictor = replace(opened, settings=settings)
    path = Path(request["data"])
    here = _since(predictor, path)
    source = asdict(read_table(path, read_options(settings)).source)
    rows = len(here.history) - here.begin
    record.data(source, here.notes, Problems().to_frame(), {"rows": rows, "customers": len(here.news)})
    record.stage("evaluate")(0.0, "judging the frozen lists")
    findings: Any = study.findings(parent.folder, study)
    judged = _judged(predictor, here, findings.champion, settings)
    record.stage("compare")(0.0, "comparing with the run")
    told = _told(findings.predictions, judged, findings.champion, settings)
    record.judged(findings.champion, judged.metrics, told, told["rows"])
    record.parquet("predictions.parquet", judged.users)
    record.reports()
    return record.sealed()


def _since(predictor: RecommendationPredictor, path: Path) -> Arrivals:
    """The stored history with the new rows behind it.

    Raises
    ------
    DataError: the file holds no interactions, or none that the run did not have.
    """
    settings: Any = predictor.settings
    options = settings.reading.options(settings.data)
    here = arrived(predictor.model.fitted_, path, dict(predictor.columns), options, read_options(settings))
    if here.begin == len(here.history):
        what = "nothing in it is new to the run, and lists are judged by what was taken since"
        raise DataError(what, where=path.name, advice="give interactions that came after those of the run")
    return here


def _judged(predictor: RecommendationPredictor, here: Arrivals, champion: str, settings: Any) -> Evaluation:
    """The frozen lists and those of popularity, on the same customers; a rating given anew replaces no known one here."""
    stored, new = predictor.model.fitted_.data, here.history.take(np.arange(here.begin, len(here.history)))

    def both(name: str) -> Any:
        before, after = getattr(stored, name), getattr(new, name)
        return None if before is None or after is None else np.concatenate([before, after])

    columns = {name: both(name) for name in ("user", "item", "rating", "weight", "time")}
    data = replace(here.history, **columns)
    known, test = np.arange(len(stored)), np.arange(len(stored), len(data))
    models: dict[str, Recommender] = {
        champion: Frozen(champion, predictor.model, predictor.model.fitted_.item_counts),
        POPULARITY: Popularity().fit(data.take(known)),
    }
    judging, interval = settings.judging, settings.interval
    return evaluate(
        models,
        data,
        known,
        test,
        k=judging.k,
        champion=champion,
        liked=judging.liked,
        repeats=judging.repeats,
        most=judging.most,
        rounds=interval.rounds,
        level=interval.level,
        seed=settings.seed,
    )


def _told(then: pd.DataFrame, judged: Evaluation, champion: str, settings: Any) -> dict[str, Any]:
    """evaluation.json; the comparison is of customers whom the run knew.

    Raises
    ------
    DataError: none of the judged customers is one of them, or the run did not compare with popular items.
    """
    now = judged.users[judged.users["known"] > 0]
    k, interval, seed = settings.judging.k, settings.interval, settings.seed
    pair = [f"ndcg_at_{k}:{name}" for name in (champion, POPULARITY)]
    if not len(now):
        what = "none of its customers who took something new is known to the run"
        raise DataError(what, where="--data", advice="name customers as the run does")
    if not set(pair) <= set(then.columns):
        what = "the run did not compare its lists with popular items, so that their power is not known"
        raise DataError(what, where="model.candidates", advice="make the run with popularity among them")
    lift = _lift(then[pair].to_numpy(np.float64), now[pair].to_numpy(np.float64), interval, seed)
    evidence = Evidence(len(now), None, "customers known to the run", lift)
    strangers = len(judged.users) - len(now)
    judging = len(judged.users)
    said = _NEWCOMERS.format(strangers, judging) if strangers else _KNOWN.format(judging)
    return {
        "of": "customers",
        "unit": str(settings.ranking.currency or "money units"),
        "rows": len(now),
        "events": None,
        "rows_then": len(then),
        "events_then": None,
        "verdict": verdict_told(verdict(evidence)),
        "changes": [_change(name, then, now, champion, interval, seed) for name in _compared(then, champion, k)],
        "calibration": None,
        "money": None,
        "renewal": None,
        "lift": {"then": lift.then, "now": lift.now, "change": ends(lift.change)},
        "drift": {"said": [said], "columns": []},
        "judged": judged.told,
    }


def _compared(then: pd.DataFrame, champion: str, k: int) -> list[str]:
    return [f"{family}_{k}" for family in _FIGURES if f"{family}_{k}:{champion}" in then.columns]


def _lift(then: Floats, now: Floats, interval: Coverage, seed: int) -> Power:
    """NDCG of the lists as a multiple of that of popular items, then and now; arrays are (customers, 2)."""
    sides = []
    for number, one in enumerate((then, now)):
        chunks = [chunk @ one for chunk in resamples(len(one), interval.rounds, seed + number)] if len(one) else []
        drawn = np.concatenate(chunks) if chunks else np.full((interval.rounds, 2), np.nan)
        sums = one.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            value, draws = np.float64(sums[0]) / sums[1], drawn[:, 0] / drawn[:, 1]
        sides.append((float(value), np.asarray(np.where(np.isfinite(draws), draws, np.nan), dtype=np.float64)))
    (before, old), (after, new) = sides
    change = percentile(
        after - before, new - old, interval.level, "no list of popular items holds anything that was taken"
    )
    return Power("NDCG as a multiple of that of popular items is", before, after, 1.0, change, "popularity")


def _change(
    name: str, then: pd.DataFrame, now: pd.DataFrame, champion: str, interval: Coverage, seed: int
) -> dict[str, Any]:
    """A figure then and now; the customers need not be the same, so it is a difference of two samples."""
    sides: list[tuple[Interval, NDArray[np.float64]]] = []
    for number, one in enumerate((then, now)):
        values = one[f"{name}:{champion}"].to_numpy(np.float64)
        chunks = [chunk @ values / len(values) for chunk in resamples(len(values), interval.rounds, seed + number)]
        draws = np.concatenate(chunks).astype(np.float64)
        sides.append((percentile(float(values.mean()), draws, interval.level, "nobody is judged"), draws))
    (before, old), (after, new) = sides
    change = percentile(after.value - before.value, new - old, interval.level, "nobody is judged")
    return {
        "metric": name,
        "higher_is_better": True,
        "then": ends(before),
        "now": ends(after),
        "difference": ends(change),
    }
