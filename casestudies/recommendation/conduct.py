"""The steps of the study: check, divide, fit and choose, judge, fit on all rows, make the lists, ask further, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casestudies.models.factorisation.estimator import MatrixFactorization
from casestudies.recommendation.comparison import Comparison, compare, serving
from casestudies.recommendation.evaluation import Evaluation, evaluate
from casestudies.recommendation.reading import Loaded, divided, opened
from casestudies.recommendation.record import RecommendationRecord
from casestudies.recommendation.splits import Parts
from casestudies.runs import RunWriter
from casestudies.tabular.interactions import Interactions
from casestudies.workflow.answers import ask
from casestudies.workflow.studies import Study


@dataclass(frozen=True, eq=False)
class Work:
    """What a run has when its figures are made and its model is fitted.

    comparison: the models on training and validation rows. judged: them on the test rows. saved: the champion on all rows.
    files: further tables, by name. synthetic: the embedded demo.
    """

    data: Interactions
    parts: Parts
    comparison: Comparison
    judged: Evaluation
    saved: MatrixFactorization
    settings: Any  # RecommendationSettings
    files: Mapping[str, Path]
    synthetic: bool


def conduct(study: Study, request: Mapping[str, Any], writer: RunWriter) -> Mapping[str, Any]:
    """Do the whole study into a run folder.

    Parameters
    ----------
    request: what request.json holds: data, files, config.

    Returns
    -------
    What the manifest says beside the writer's own entries.
    """
    settings: Any = study.settings.model_validate(request["config"])
    record = RecommendationRecord(writer, study, settings, request)
    path = Path(request["data"]) if request.get("data") else None
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    record.stage("check")(0.0, "reading and checking the interactions")
    with opened(study, settings, path, files) as loaded:
        work = _fitted(loaded, settings, record)
        ask(record, work, study.questions, settings.analyse, record.stage("analyse"))
    record.reports()
    return record.seal(synthetic=loaded.synthetic)


def _fitted(loaded: Loaded, settings: Any, record: RecommendationRecord) -> Work:
    """Everything up to the model on all rows, written as it comes to be."""
    parts = None if loaded.problems.errors else divided(loaded, settings)
    record.data(loaded, parts)
    data = loaded.data  # raises what has to be mended
    assert parts is not None
    comparison = compare(data, parts, settings, record.stage("fit"))
    judged = _judged(data, parts, comparison, settings, record)
    record.evaluation(parts, comparison.champion, comparison.told, judged)
    record.stage("refit")(0.0, f"fitting {comparison.champion} on all rows")
    saved = serving(comparison, settings).fit(data)
    _record_fits(record, comparison, saved)
    return Work(data, parts, comparison, judged, saved, settings, loaded.files, loaded.synthetic)


def _judged(
    data: Interactions, parts: Parts, comparison: Comparison, settings: Any, record: RecommendationRecord
) -> Evaluation:
    record.stage("evaluate")(0.0, "judging the lists")
    judging, interval = settings.judging, settings.interval
    return evaluate(
        comparison.fitted,
        data,
        parts.known,
        parts.test,
        k=judging.k,
        champion=comparison.champion,
        negatives=judging.negatives,
        liked=judging.liked,
        repeats=judging.repeats,
        most=judging.most,
        rounds=interval.rounds,
        level=interval.level,
        seed=settings.seed,
    )


def _record_fits(record: RecommendationRecord, comparison: Comparison, saved: MatrixFactorization) -> None:
    fits = {**comparison.fitted, "saved": saved}
    traces = {name: model.trace_ for name, model in fits.items() if isinstance(model, MatrixFactorization)}
    told = {
        name: {"findings": list(getattr(model, "findings_", ())), "notes": list(comparison.notes.get(name, ()))}
        for name, model in fits.items()
    }
    record.model(saved.files(), traces, told)
