"""The steps of the study: read and audit, divide, train, fit heads, decide, judge, ask further, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casestudies.imaging.audit import Audit, QualityReference, audit, doubts
from casestudies.imaging.evaluation import Evaluation, evaluate
from casestudies.imaging.films import Films
from casestudies.imaging.fitting import Fitted, fit
from casestudies.imaging.heads.embeddings import embeddings
from casestudies.imaging.model import ImageModel
from casestudies.imaging.questions import QUESTIONS
from casestudies.imaging.reading import Loaded, opened
from casestudies.imaging.record import ImagingRecord
from casestudies.imaging.splits import Parts, divided
from casestudies.runs import RunWriter
from casestudies.workflow.answers import ask
from casestudies.workflow.studies import Study

ALWAYS = ("head", "card")  # questions that need no asking
FEATURES = "features"  # the further file with embeddings or weights
WEIGHTS = ".safetensors"


@dataclass(frozen=True, eq=False)
class Work:
    """What a run has when its figures are made.

    films: all images with a label; parts: their row numbers. logits: {model: (rows,)} before the temperature.
    step: told how far a question is; stops the run where that is asked for.
    """

    films: Films
    parts: Parts
    audit: Audit
    model: ImageModel
    fitted: Fitted
    judged: Evaluation
    settings: Any  # ImagingSettings
    synthetic: bool
    step: Callable[[float, str], None]

    @property
    def logits(self) -> Mapping[str, NDArray[np.float64]]:
        return self.fitted.logits


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
    record = ImagingRecord(writer, study, settings, request)
    path = Path(request["data"]) if request.get("data") else None
    files = {name: Path(file) for name, file in request.get("files", {}).items()}
    record.stage("check")(0.0, "reading and checking the images")
    with opened(study, settings, path, files) as loaded:
        work = _fitted(loaded, settings, files.get(FEATURES), record)
        ask(record, work, QUESTIONS, {*ALWAYS, *settings.analyse}, record.stage("analyse"))
    record.reports()
    return record.seal(synthetic=loaded.synthetic)


def _fitted(loaded: Loaded, settings: Any, features: Path | None, record: ImagingRecord) -> Work:
    """Everything up to the judged model, written as it comes to be.

    features: embeddings by file name, or the weights of a trained network.
    """
    if loaded.read.problems.errors:
        record.data(loaded, None, None)
        loaded.read.problems.raise_if_errors(loaded.read.source.name)
    weights = features if features is not None and features.suffix == WEIGHTS else None
    films = loaded.read.films
    if features is not None and weights is None:
        films = replace(films, embeddings=embeddings(features, films.names))
    audited = audit(films, settings.audit)
    films = replace(films, family=audited.groups)
    loaded.read.problems.extend(doubts(films, audited))
    parts = divided(films, audited, settings.split, settings.audit, settings.seed)
    record.data(loaded, audited, parts)
    fitted = fit(films, parts, settings, weights, record.stage("fit"))
    record.stage("evaluate")(0.0, "judging on patients that nothing was learnt from")
    judged = evaluate(fitted.logits, films, parts, settings.decide, settings.interval, settings.seed, fitted.champion)
    record.evaluation(parts, fitted.champion, fitted.choice, judged)
    model = ImageModel(
        loaded.read.preparation,
        fitted.members,
        judged.decisions[fitted.champion],
        QualityReference.of(films.take(parts.train)) if films.pixels.size else None,
        films.classes,
        films.history if fitted.champion == "both" else (),
    )
    record.model(model.files(), fitted.traces, fitted.told)
    return Work(films, parts, audited, model, fitted, judged, settings, loaded.synthetic, record.stage("analyse"))
